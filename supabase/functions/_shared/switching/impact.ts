import { z } from "zod";

/** A model that takes an assistant's new conversations; null where none can. */
const answering = z.string().nullable();

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
    /** Its calls of the last 30 days on the model that answers no more. */
    turns: z.int().nonnegative(),
  })),
  /** Conversations that are pinned to the model that is changed. */
  conversations: z.object({
    pinned: z.int().nonnegative(),
    /** Those of them with a turn in the last 30 days. */
    recent: z.int().nonnegative(),
    /** Whether they keep the model. */
    keep_model: z.boolean(),
    /** Who answers them where they do not; null where none can, or they keep it. */
    to_model_id: answering,
  }),
  /** What the same tokens cost, where another model answers. */
  cost: z.object({
    days: z.literal(30),
    turns: z.int().nonnegative(),
    /** Calls whose actual cost is not known. */
    unpriced: z.int().nonnegative(),
    actual_usd: z.number(),
    /** Null where a price of the new model is not known. */
    what_if_usd: z.number().nullable(),
    difference_usd: z.number().nullable(),
  }),
});

export type Affected = Readonly<z.infer<typeof affectedSchema>>;
