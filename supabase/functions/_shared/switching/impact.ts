import { z } from "zod";

/** A model that takes an assistant's new conversations; null where none can. */
const answering = z.string().nullable();

/** Null where the ledger could not be read. */
const count = z.int().nonnegative().nullable();

/** What a change does, before it is made and after: the same for console, command and REST. */
export const affectedSchema = z.object({
  /** Assistants whose new conversations another model answers, or none. */
  assistants: z.array(z.object({
    assistant_type: z.string(),
    name: z.string(),
    from_model_id: answering,
    to_model_id: answering,
    /** Why the new one answers, as in an answer's `reason`; null where none does. */
    reason: z.string().nullable(),
    /** Its calls of the last 30 days on the model that answers no more; null: not read. */
    turns: count,
  })),
  /**
   * Conversations that are pinned to a model that is changed or, with the assistants above, answers
   * no new ones any more. Where some of them lose their model, only those.
   */
  conversations: z.object({
    /** Null: not read. */
    pinned: count,
    /** Those of them that were used in the last 30 days. */
    recent: count,
    /** Whether they keep the model. */
    keep_model: z.boolean(),
    /** Who answers most of them where they do not; null where none can, or they keep it. */
    to_model_id: answering,
  }),
  /** What the same tokens cost, where another model answers; null: not read. */
  cost: z.object({
    days: z.literal(30),
    turns: z.int().nonnegative(),
    /** Calls whose actual cost is not known. */
    unpriced: z.int().nonnegative(),
    /** Null where no cost is known. */
    actual_usd: z.number().nullable(),
    /** Null where a price of the new model is not known. */
    what_if_usd: z.number().nullable(),
    difference_usd: z.number().nullable(),
  }).nullable(),
});

export type Affected = Readonly<z.infer<typeof affectedSchema>>;

/** What a change does, and what an operator must know of it, in words. */
export interface Impact {
  readonly affected: Affected;
  readonly warnings: readonly string[];
}
