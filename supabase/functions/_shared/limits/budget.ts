import { z } from "zod";

/** What hard limits leave of a unit for one run: as much as its beginning reserved. */
export interface Allowance {
  /** USD, or tokens of every kind together. */
  readonly amount: number;
  /** The name of the limit that leaves the least, as its caller is told it. */
  readonly limit: string;
  /** Until more is left, where that is within a minute. */
  readonly retryAfterSeconds: number | null;
}

/** What a run may use; null: no hard limit of that unit applies. */
export interface Budget {
  readonly usd: Allowance | null;
  readonly tokens: Allowance | null;
}

/** Fewest tokens of an answer that are worth a call of a model near a limit. */
export const leastAnswerTokens = 256;

/** What a run may ask for at most, as far as its client's request tells. */
export interface Demand {
  /** All that the request brings, by estimate from above; without what Postgres adds to it. */
  readonly input_tokens: number;
  /** Most tokens of the answer that the caller asks for; null: as the assistant or the model has it. */
  readonly max_tokens: number | null;
  /** Whether the model may be asked to think, on top of `max_tokens`. */
  readonly thinks: boolean;
  /** Whether another model may answer. */
  readonly fallback: boolean;
  /** `leastAnswerTokens`. */
  readonly least_tokens: number;
}

const allowanceSchema = z.object({
  amount: z.number(),
  limit: z.string(),
  retry_after: z.number().nullable(),
}).nullable().transform((allowance): Allowance | null =>
  allowance && {
    amount: allowance.amount,
    limit: allowance.limit,
    retryAfterSeconds: allowance.retry_after,
  }
);

/** A budget as `begin_chat_turn()` and `begin_call()` return it. */
export const budgetSchema = z.object({ usd: allowanceSchema, tokens: allowanceSchema }).nullable();
