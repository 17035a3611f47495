import { z } from "zod";

/** What a limit is about: `each_user` counts every user apart. */
export const scopeKinds = [
  "project",
  "assistant",
  "each_user",
  "user",
  "api_key",
] as const;

/** `tokens` are input, output and cache together; a call counts as a turn. */
export const limitUnits = ["usd", "tokens", "turns", "concurrent"] as const;

export const limitPeriods = [
  "minute",
  "hour",
  "day",
  "month",
  "total",
] as const;

/** `hard` refuses before a model is called; `soft` only counts, for alerts. */
export const enforcements = ["hard", "soft"] as const;

/** A limit, as `switchboard.describe_limit()` returns it. */
export const limitSchema = z.object({
  id: z.int(),
  /** Unit, period and scope in words, such as `turns per minute for each user of health`. */
  name: z.string(),
  scope: z.object({
    kind: z.enum(scopeKinds),
    /**
     * An assistant's type (of `each_user`: only its users; null: all), a user's id or an API key's;
     * null for `project`.
     */
    id: z.string().nullable(),
  }),
  unit: z.enum(limitUnits),
  amount: z.number().nonnegative(),
  /** Null for `concurrent`. */
  period: z.enum(limitPeriods).nullable(),
  /** The zone in which periods begin and end, such as `Europe/Berlin`. */
  time_zone: z.string(),
  enforcement: z.enum(enforcements),
  created_at: z.string(),
  updated_at: z.string(),
});

const part = z.number().nonnegative();

/** A period of a limit that is under way, of one user where the limit is for each. */
export const limitWindowSchema = z.object({
  /** The user, of a limit for each; null for others, and where the user is deleted. */
  user_id: z.string().nullable(),
  /** What ended runs used; always 0 for `concurrent`. */
  spent: part,
  /** What runs under way have reserved. */
  held: part,
  /** 0 where more was used than the limit allows. */
  left: part,
  /** Null for `total` and `concurrent`, which have no periods. */
  window_start: z.string().nullable(),
  window_end: z.string().nullable(),
});

/** How far a limit is used up now. */
export const limitStateSchema = z.object({
  /** The nearest to the limit first, and at most as many as were asked for. */
  windows: z.array(limitWindowSchema),
  /** Windows that are under way: of a limit for each user, users who asked within the period. */
  count: z.int().nonnegative(),
  /** How many of them are used up to 80 % or more. */
  near: z.int().nonnegative(),
  /** How many of them are used up: a hard limit refuses their next run. */
  full: z.int().nonnegative(),
});

/** A limit, and how far it is used up now. */
export const limitStatusSchema = limitSchema.extend(limitStateSchema.shape);

/** A limit as it would be set, and how far it would be used up already. */
export const foreseenLimitSchema = limitSchema
  .omit({ id: true, created_at: true, updated_at: true })
  .extend({
    /** The limit of that scope, unit and period now; null: there is none. */
    former: limitSchema.nullable(),
    /** By the ledger; at most 10 windows. Null where counting took too long. */
    impact: limitStateSchema.nullable(),
  });

export type Limit = Readonly<z.infer<typeof limitSchema>>;
export type LimitWindow = Readonly<z.infer<typeof limitWindowSchema>>;
export type LimitState = Readonly<z.infer<typeof limitStateSchema>>;

/** A limit in words, such as `60 turns per minute for each user of health`. */
export function describeLimit(
  { amount, name }: Pick<Limit, "amount" | "name">,
): string {
  const noun = amount === 1 ? name.replace(/^(token|turn)s/, "$1") : name;
  return `${amount.toLocaleString("en-US", { maximumFractionDigits: 6 })} ${noun}`;
}
