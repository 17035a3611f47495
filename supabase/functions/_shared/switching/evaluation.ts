import { z } from "zod";

const count = z.int().nonnegative();

/** An evaluation: a result of promptfoo for a model with an assistant's prompt, without words. */
export const evaluationSchema = z.object({
  id: z.int(),
  model_id: z.string(),
  assistant_type: z.string(),
  /** SHA-256, in hexadecimal, of the prompt and settings that the assistant had when it ran. */
  prompt_version: z.string(),
  /** SHA-256 of promptfoo's result file, in hexadecimal. */
  result_hash: z.string(),
  promptfoo_version: z.string(),
  /** Cases whose assertions all held. */
  passed: count,
  /** Cases in which an assertion did not hold. */
  failed: count,
  /** Cases without an answer that could be judged. */
  errors: count,
  /** Mean of the cases' scores, 0 to 1. */
  score: z.number(),
  /** When it began. */
  ran_at: z.string(),
  /** When it was attached. */
  created_at: z.string(),
  /** Who attached it; null for a key. */
  actor_user_id: z.string().nullable(),
  actor_email: z.string().nullable(),
  /** The name of the secret key, never the key. */
  actor_key_name: z.string().nullable(),
  /** False where a holder of a secret key says who it was. */
  actor_proven: z.boolean(),
  database_role: z.string(),
  source: z.enum(["api", "cli", "sql"]),
  reason: z.string().nullable(),
  /** Whether every case passed. */
  is_passing: z.boolean(),
  /** Whether the assistant still has the prompt and settings that it was run with. */
  is_of_present_prompt: z.boolean(),
});

export type Evaluation = Readonly<z.infer<typeof evaluationSchema>>;

/** What an assistant that requires evaluations lacks for a switch. */
export const missingEvaluationSchema = z.object({
  assistant_type: z.string(),
  model_id: z.string(),
  /** The end of a sentence that begins with the model. */
  lack: z.string(),
});

export type MissingEvaluation = Readonly<z.infer<typeof missingEvaluationSchema>>;

/** What is read from a result of promptfoo. */
export interface EvaluationFigures {
  readonly result_hash: string;
  readonly promptfoo_version: string;
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  readonly score: number;
  /** ISO 8601. */
  readonly ran_at: string;
  readonly ended_at: string;
}
