import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelManager } from "../../local/client/manage_models.ts";
import type { AnswerOf } from "../../supabase/functions/_shared/contract/manage.ts";
import { runPromptfoo } from "./run_promptfoo.ts";

/** A model, an assistant and the set of cases that it is evaluated with. */
export interface Wanted {
  readonly modelId: string;
  readonly assistantType: string;
  /** An absolute path. */
  readonly file: string;
  /** Where to keep the result file, an absolute path; null: it is deleted. */
  readonly keepIn: string | null;
}

/** Where to evaluate. */
export interface Place {
  readonly manager: ModelManager;
  readonly baseUrl: string;
  readonly env: Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds after which the key ends if it could not be revoked. */
const keyLastsMs = 3_600_000;

/**
 * Evaluates a model with an assistant's prompt, and attaches the result. The calls are made with an
 * API key for this model alone, so that no other answers in its place.
 *
 * @throws {ClientError} where promptfoo fails, or the project refuses
 */
export async function evaluate(
  { modelId, assistantType, file, keepIn }: Wanted,
  { manager, baseUrl, env, now, print, signal }: Place,
): Promise<AnswerOf<"attach-evaluation">> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-evals-"));
  const { key, api_key } = await manager.perform({
    action: "create-api-key",
    name: `evaluation for ${assistantType}`,
    models: [modelId],
    dialects: ["openai"],
    expires_at: new Date(now() + keyLastsMs).toISOString(),
    reason: `evaluation of ${modelId}`.slice(0, 500),
  });
  try {
    const time = new Date(now()).toISOString().replaceAll(/[:.]/g, "-");
    const name = `${assistantType}-${modelId.replaceAll(/[^\w.-]/g, "_")}-${time}.json`;
    const result = await runPromptfoo({
      file,
      resultFile: join(keepIn ?? folder, name),
      stateFolder: folder,
      baseUrl,
      apiKey: key,
      candidate: modelId,
      env,
      signal,
    });
    return await manager.perform({
      action: "attach-evaluation",
      model_id: modelId,
      assistant_type: assistantType,
      result,
    });
  } finally {
    // Not thrown, or it would be told in place of why the run failed.
    await manager.perform({ action: "revoke-api-key", id: api_key.id }).catch((error) =>
      print(
        `The API key ${api_key.prefix}… is not revoked, and ends within an hour: ${error.message}`,
      )
    );
    await rm(folder, { recursive: true, force: true });
  }
}
