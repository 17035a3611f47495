/** Calls of the stand-in with any content: what a test of content asks, plain and streamed. */
import { createBedrockClients } from "../../../../../supabase/functions/_shared/bedrock/bedrock_client.ts";
import { invokeModel } from "../../../../../supabase/functions/_shared/bedrock/invoke_model.ts";
import type { StreamLimits } from "../../../../../supabase/functions/_shared/bedrock/model_stream.ts";
import { streamModel } from "../../../../../supabase/functions/_shared/bedrock/stream_model.ts";
import type { ModelAnswer } from "../../../../../supabase/functions/_shared/core/answer.ts";
import type { ModelEvent } from "../../../../../supabase/functions/_shared/core/model_event.ts";
import { inferenceSettings } from "../../../../../supabase/functions/_shared/formats/inference_settings.ts";
import type {
  Asked,
  ModelRequest,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { prepareRequest } from "../../../../../supabase/functions/_shared/formats/prepare_request.ts";
import type { FormatId, Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { asked } from "../formats/model_request.ts";
import { servedRow } from "../formats/served_row.ts";
import { importStandIn, type StandIn, standInCredentials } from "./stand_in.ts";

const { servedModels } = await importStandIn("models/served_models.ts");

/** The row of a model that the stand-in serves, by the id of its profile. */
export function rowOf(modelId: string, format: FormatId): Model {
  const served = servedModels.find(({ id }: { id: string }) => modelId.endsWith(id));
  return { ...servedRow(served, format), model_id: modelId };
}

/** One of each kind: bodies of Nova's and Claude's own, and Converse for them and for others. */
export const contentRows: readonly Model[] = [
  rowOf("eu.amazon.nova-lite-v1:0", "nova"),
  rowOf("eu.amazon.nova-2-lite-v1:0", "nova"),
  rowOf("eu.anthropic.claude-haiku-4-5-20251001-v1:0", "claude"),
  rowOf("eu.anthropic.claude-sonnet-5-5", "claude"),
  rowOf("eu.amazon.nova-pro-v1:0", "converse"),
  rowOf("eu.anthropic.claude-sonnet-5-5", "converse"),
  rowOf("eu.mistral.pixtral-large-2502-v1:0", "converse"),
  rowOf("openai.gpt-oss-20b-1:0", "converse"),
];

export function prepared(model: Model, of: Partial<Asked>): ModelRequest {
  return prepareRequest(model, asked(of), inferenceSettings(model, { max_tokens: 3000 }));
}

function clientOf({ url }: StandIn) {
  const auth = { kind: "key-pair", ...standInCredentials, sessionToken: null } as const;
  const config = { region: "eu-central-1", endpoint: url, auth };
  return createBedrockClients(() => config, fetch).forRegion(null);
}

const now = () => performance.now();

export async function plainly(standIn: StandIn, request: ModelRequest): Promise<ModelAnswer> {
  const limits = { firstByteMs: 60_000, totalMs: 60_000 };
  return (await invokeModel({ client: clientOf(standIn), request, limits, now })).answer;
}

export interface Streamed {
  readonly answer: ModelAnswer;
  readonly events: readonly ModelEvent[];
}

export async function streamed(
  standIn: StandIn,
  request: ModelRequest,
  limits: Partial<StreamLimits> = {},
): Promise<Streamed> {
  const stream = await streamModel({
    client: clientOf(standIn),
    request,
    limits: {
      firstEventMs: 60_000,
      idleMs: 60_000,
      composingIdleMs: 60_000,
      totalMs: 60_000,
      ...limits,
    },
    now,
  });
  const events: ModelEvent[] = [];
  for await (const batch of stream.events) events.push(...batch);
  return { answer: stream.answer(), events };
}

/** The same call in both ways, each with an empty prompt cache. */
export async function bothWays(
  standIn: StandIn,
  request: ModelRequest,
): Promise<readonly ModelAnswer[]> {
  await standIn.control.clearCache();
  const plain = await plainly(standIn, request);
  await standIn.control.clearCache();
  return [plain, (await streamed(standIn, request)).answer];
}
