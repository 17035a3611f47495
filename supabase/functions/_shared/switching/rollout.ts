import { z } from "zod";

/** What follows the proof that a model is not worse. */
export const onVerdicts = ["hold", "promote"] as const;

export const rolloutOutcomes = ["promoted", "reverted", "superseded", "kept"] as const;

/** What a side has by now: conversations and clients of calls, which count once each. */
export const rolloutSideSchema = z.object({
  units: z.int(),
  /** Units that the side's model failed at least once. */
  errors: z.int(),
  /** Units with a whole answer of the side's model, the first of which is measured. */
  answered: z.int(),
  /** Those of them whose cost is not known. */
  unpriced: z.int(),
});

/** What a guard finds; in percentage points of errors, otherwise as a ratio. */
export const guardFiguresSchema = z.object({
  /** New model against former one; null: there is nothing to compare yet. */
  estimate: z.number().nullable(),
  /** Bounds that hold at every look. */
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  tolerated: z.number(),
  /** `unknown`: it cannot be told, as without a price. */
  verdict: z.enum(["worse", "not_worse", "undecided", "unknown"]),
  /** About how many more units it takes; null: more than can be foreseen. */
  more_units: z.number().nullable(),
});

/** What the ledger has of a rollout under its present share. */
export const rolloutFiguresSchema = z.object({
  measured_at: z.string(),
  /** Counts the shares that the rollout has had. */
  stage: z.int(),
  share: z.int(),
  /** The e-value of the errors: from 100 on the new model is worse. */
  evidence: z.number(),
  canary: rolloutSideSchema,
  former: rolloutSideSchema,
  guards: z.object({
    errors: guardFiguresSchema,
    first_token: guardFiguresSchema,
    time: guardFiguresSchema,
    cost: guardFiguresSchema,
  }),
  /** Null: of a watched switch, which its time ends. */
  forecast: z.object({
    /** About how many more units a verdict takes; null: it cannot be told. */
    more_units: z.number().nullable(),
    /** By the traffic of the last six hours. */
    units_per_hour: z.number(),
    more_hours: z.number().nullable(),
  }).nullable(),
});

/** What a verdict was found by; `verify-verdict` computes it again. */
const verdictSchema = z.object({
  id: z.int(),
  created_at: z.string(),
  verdict: z.enum(["worse", "not_worse"]),
  /**
   * What found it: a guard; `fuse`, an error that needs no statistics; `watch`, more errors than in
   * the hour before; `all`, that no guard found anything.
   */
  guard: z.enum(["errors", "first_token", "time", "cost", "fuse", "watch", "all"]),
  /** Its numbers; which ones depends on the guard. */
  figures: z.record(z.string(), z.unknown()),
});

/** A rollout or a watched switch, as `switchboard.describe_rollout()` returns it. */
export const rolloutSchema = z.object({
  id: z.int(),
  /** The assistant whose model is in question; null: the default. */
  assistant_type: z.string().nullable(),
  /** The model that is new. */
  model_id: z.string(),
  /** The model that it is compared with. */
  former_model_id: z.string(),
  /** Percent of new conversations and calls that the new model gets; null once it has ended. */
  share: z.int().min(1).max(100).nullable(),
  /** By how many percentage points more may fail. */
  error_points: z.number(),
  /** How many times as long an answer may take, to its first words and in all. */
  latency_ratio: z.number(),
  /** How many times as much an answer may cost. */
  cost_ratio: z.number(),
  on_verdict: z.enum(onVerdicts),
  /** Of a watched switch: until when; null: a rollout in shares, which no time ends. */
  watch_until: z.string().nullable(),
  started_at: z.string(),
  /** When the new model was found worse; null: it was not. */
  found_worse_at: z.string().nullable(),
  /** Why it could not be reverted or promoted when that was last tried; null: it could. */
  problem: z.string().nullable(),
  ended_at: z.string().nullable(),
  /** Null while it is under way. */
  outcome: z.enum(rolloutOutcomes).nullable(),
  /** By now; `not_worse` under the present share. */
  verdict: z.enum(["worse", "not_worse", "undecided"]),
  /** As of the tick's last look; null: it has not looked yet. */
  figures: rolloutFiguresSchema.nullable(),
  /** What was found, from first to last. */
  verdicts: z.array(verdictSchema),
});

/** What is computed of a verdict's figures today, as `verify_verdict()` returns it. */
export const verdictVerificationSchema = z.object({
  ok: z.boolean(),
  /** Figures that came out otherwise, and errors that the ledger has otherwise or not at all. */
  differences: z.array(z.object({
    name: z.string(),
    stored: z.unknown(),
    computed: z.unknown(),
  })),
});

export type Rollout = Readonly<z.infer<typeof rolloutSchema>>;

/** What a rollout is about, in words. */
export function describeScope({ assistant_type: type }: Pick<Rollout, "assistant_type">): string {
  return type === null ? "the default" : `the assistant ${type}`;
}
