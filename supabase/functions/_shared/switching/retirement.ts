import { z } from "zod";
import { lifecycles } from "../registry/model.ts";

const count = z.int().nonnegative();

/** A model to put in the place of another. */
export const successorSchema = z.object({
  model_id: z.string(),
  /** Whether the row of the other names it; else it is proposed: of the same family, in the same geographies, with at least its capabilities. */
  is_recorded: z.boolean(),
  is_available: z.boolean(),
  /** Its price of input by that of the other; null where one is not known. */
  input_price_ratio: z.number().nullable(),
  /** The same of output. */
  output_price_ratio: z.number().nullable(),
});

/** Everything that refers to a model. */
export const modelUsesSchema = z.object({
  is_default: z.boolean(),
  /** Types of the assistants whose own model it is. */
  assistants: z.array(z.string()),
  /** Types of the assistants whose `fallback_models` name it. */
  fallback_lists: z.array(z.string()),
  /** Types of the assistants whose `allowed_models` name it, by id or alias. */
  allowed_lists: z.array(z.string()),
  aliases: z.array(z.string()),
  /** API keys whose `models` name it, by id or alias; also those that have ended. */
  api_keys: z.array(z.object({ id: z.string(), name: z.string(), prefix: z.string() })),
  /** Models whose successor it is. */
  successor_of: z.array(z.string()),
  /** Ids of the rollouts that compare it with another, and end with it. */
  rollouts: z.array(z.int()),
  /** Conversations that are pinned to it, by assistant. */
  pins: z.array(z.object({
    assistant_type: z.string(),
    conversations: count,
    /** Those of them that were used in the last 30 days. */
    recent: count,
  })),
  /** All that are pinned to it. They are answered by the successor with their next turn. */
  conversations: count,
  /** Those of them that were used in the last 30 days. */
  recent_conversations: count,
});

/** A model whose life has dates, or that is no longer active. */
export const modelLifeSchema = z.object({
  model_id: z.string(),
  model_name: z.string(),
  lifecycle: z.enum(lifecycles),
  /** ISO dates, in UTC; null: AWS has announced none. */
  legacy_on: z.string().nullable(),
  extended_access_on: z.string().nullable(),
  retires_on: z.string().nullable(),
  /** Days until `retires_on`; negative when it has passed. */
  days_left: z.int().nullable(),
  is_available: z.boolean(),
  /** Whether anything refers to it, as a dry run of `retire` lists it. */
  is_in_use: z.boolean(),
  /** The one on record, or the one that is proposed; null: there is none. */
  successor: successorSchema.nullable(),
});

export type ModelUses = Readonly<z.infer<typeof modelUsesSchema>>;
export type Successor = Readonly<z.infer<typeof successorSchema>>;
