import type { AnswerOf } from "../../supabase/functions/_shared/contract/manage.ts";
import type { RunningStack } from "../processes/running_stack.ts";

/** A switch that the operator knows to be committed. */
export interface CommittedSwitch {
  readonly way: "REST" | "SQL";
  readonly modelId: string;
  readonly version: number;
  /** When the operator was told. */
  readonly committedAt: number;
}

/** The models between which the default goes to and fro. */
const models = ["eu.amazon.nova-pro-v1:0", "eu.amazon.nova-2-lite-v1:0"];

/** Everybody follows the default, so that a switch of it concerns everybody. */
export async function followDefault({ sql }: RunningStack): Promise<void> {
  await sql`update public.ai_assistants set model_version = null`;
}

/**
 * Makes the switch number `n`: the even ones as the operator's command does, the odd ones in SQL.
 */
export async function makeSwitch(stack: RunningStack, n: number): Promise<CommittedSwitch> {
  const modelId = models[(n + 1) % models.length]!;
  const way = n % 2 === 0 ? "REST" : "SQL";
  const version = way === "REST"
    ? await switchByRest(stack, modelId)
    : await switchBySql(stack, modelId);
  return { way, modelId, version, committedAt: performance.now() };
}

async function switchByRest({ apiUrl, keys }: RunningStack, modelId: string): Promise<number> {
  const response = await fetch(`${apiUrl}/functions/v1/manage-bedrock-models`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys.secret}`, "content-type": "application/json" },
    body: JSON.stringify({ action: "set-default", model_id: modelId }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`The switch was refused: ${await response.text()}`);
  const body: AnswerOf<"set-default"> = await response.json();
  return body.registry_version;
}

/** One statement, so the version that it returns may be one that a later change made. */
async function switchBySql({ sql }: RunningStack, modelId: string): Promise<number> {
  await sql`update public.bedrock_models set is_default = true where model_id = ${modelId}`;
  const [row] = await sql`select version from public.registry_version`;
  return Number(row?.version);
}
