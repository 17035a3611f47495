import { z } from "zod";
import { isPlainText, textOf } from "../core/content.ts";
import type { RunOutcome } from "../runs/run_event.ts";
import { storedFigures } from "../runs/run_record.ts";
import { contentBlocksSchema } from "./stored_blocks.ts";

/** An answer as `begin_chat_turn()` and `complete_chat_turn()` return it. */
export const storedAnswerSchema = z.object({
  id: z.string(),
  content: z.string(),
  /** Null where they say no more than `content`, or cannot be read, as of another version. */
  blocks: contentBlocksSchema.nullable().catch(null),
  ...storedFigures,
  model_used: z.string().nullable(),
  /** USD, at the prices of the moment; null where a price or a count is not known. */
  cost_usd: z.number().nullable(),
  /** Whether it is the first answer of its conversation, with which its user is told of the machine. */
  disclosure: z.boolean(),
  created_at: z.string(),
  /** Present where the conversation was erased meanwhile: the figures are entered, no word is stored. */
  is_erased: z.literal(true).optional(),
});

/** An answer as it is stored, with its figures. */
export type StoredAnswer = Readonly<z.infer<typeof storedAnswerSchema>>;

/**
 * An answer as it will be stored, for the caller who gets it while the database is away. Its cost
 * is not known yet: Postgres computes it.
 */
export function unstoredAnswer(
  id: string,
  { answer, model, record }: Extract<RunOutcome, { kind: "complete" }>,
  createdAt: Date,
  disclosure: boolean,
): StoredAnswer {
  return storedAnswerSchema.parse({
    ...record,
    id,
    content: textOf(answer.blocks),
    blocks: isPlainText(answer.blocks) ? null : answer.blocks,
    model_used: model.model_id,
    cost_usd: null,
    disclosure,
    created_at: createdAt.toISOString(),
  });
}
