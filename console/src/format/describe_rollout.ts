/** Rollouts and what was found of them, in words and as places of a picture. */
import type { GuardFigures, GuardName, Rollout, RolloutFigures } from "../api/manage_actions.ts";
import { formatCount } from "./numbers.ts";
import { formatMoment } from "./time.ts";

export type Tone = "ok" | "warn" | "danger" | "accent" | "plain";

interface State {
  readonly text: string;
  readonly tone: Tone;
}

/** How a rollout stands, in a word or two. */
export function stateOfRollout(
  { outcome, found_worse_at: worseAt, watch_until: until, problem }: Rollout,
): State {
  switch (outcome) {
    case "promoted":
    case "kept":
      return { text: outcome, tone: "ok" };
    case "reverted":
      return { text: outcome, tone: "danger" };
    case "superseded":
      return { text: outcome, tone: "plain" };
    case null:
      if (worseAt !== null) {
        const text = problem === null ? "worse, reverts now" : "worse, cannot be reverted";
        return { text, tone: "danger" };
      }
      return until === null
        ? { text: "under way", tone: "accent" }
        : { text: `watched until ${formatMoment(until)}`, tone: "accent" };
    default:
      return outcome satisfies never;
  }
}

/** What a rollout is about. */
export function scopeOfRollout({ assistant_type: type }: Rollout): string {
  return type === null ? "the default" : `the assistant ${type}`;
}

export const guardLabels: Readonly<Record<GuardName, string>> = {
  errors: "Errors",
  first_token: "Time to first token",
  time: "Whole time",
  cost: "Cost",
};

const verdicts: Readonly<Record<GuardFigures["verdict"], State>> = {
  worse: { text: "worse", tone: "danger" },
  not_worse: { text: "not worse", tone: "ok" },
  undecided: { text: "undecided", tone: "plain" },
  unknown: { text: "cannot be told", tone: "warn" },
};

/** A guard's comparison: the new model against the former one. */
export interface DescribedGuard extends State {
  readonly name: GuardName;
  readonly label: string;
  /** Such as `1.08 × (1.01 to 1.15)`. */
  readonly found: string;
  readonly tolerated: string;
  /** Null: there is nothing to show yet. */
  readonly picture: Picture | null;
}

/** Places in a picture of a guard, from 0 (left) to 1; alike is in the middle. */
export interface Picture {
  readonly lower: number;
  readonly estimate: number;
  readonly upper: number;
  readonly tolerated: number;
}

/** The guards in the order in which they are shown. */
export function describeGuards({ guards }: RolloutFigures): DescribedGuard[] {
  return (Object.keys(guardLabels) as GuardName[]).map((name) => {
    const figures = guards[name];
    const { estimate, lower, upper, tolerated, verdict } = figures;
    const inUnit = (value: number) => describeFigure(name, value);
    const bounds = lower === null || upper === null
      ? ""
      : ` (${inUnit(lower)} to ${inUnit(upper)})`;
    return {
      name,
      label: guardLabels[name],
      found: estimate === null ? "nothing to compare yet" : `${inUnit(estimate)}${bounds}`,
      tolerated: inUnit(tolerated),
      picture: pictureOf(name, figures),
      ...verdicts[verdict],
    };
  });
}

function describeFigure(name: GuardName, value: number): string {
  if (name !== "errors") return `${value.toFixed(2)} ×`;
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  return `${sign}${Math.abs(value).toFixed(1)} points`;
}

function pictureOf(
  name: GuardName,
  { estimate, lower, upper, tolerated }: GuardFigures,
): Picture | null {
  if (estimate === null || lower === null || upper === null) return null;
  // Twice as much is as far to the right as half as much is to the left.
  const scaled = (value: number) => name === "errors" ? value : Math.log(Math.max(value, 1e-9));
  const bound = scaled(tolerated);
  const furthest = Math.max(Math.abs(scaled(lower)), Math.abs(scaled(upper)), 1.25 * bound);
  // Of wide bounds the ends are cut off, so that what is tolerated can still be seen.
  const half = Math.min(furthest, 4 * bound);
  const place = (value: number) => {
    const cut = Math.max(-half, Math.min(half, scaled(value)));
    return (cut + half) / (2 * half);
  };
  return {
    lower: place(lower),
    estimate: place(estimate),
    upper: place(upper),
    tolerated: place(tolerated),
  };
}

/** About how long a verdict will still take; null where nothing can be said of it. */
export function describeForecast({ forecast }: RolloutFigures): string | null {
  if (forecast === null) return null;
  const { more_units: units, more_hours: hours, units_per_hour: perHour } = forecast;
  if (units === null) return "cannot be told yet";
  const more = `about ${formatCount(units)} more conversations and calls`;
  if (hours === null || perHour === 0) return `${more}; none came in the last hours`;
  return `${more}, ${describeHours(hours)} at the traffic of the last hours`;
}

function describeHours(hours: number): string {
  if (hours < 1) return "less than an hour";
  if (hours < 48) return `about ${Math.round(hours)} h`;
  return `about ${Math.round(hours / 24)} days`;
}

/** What was found last, in words. */
export function describeFinding({ verdicts }: Rollout): string {
  const last = verdicts.at(-1);
  if (last === undefined) return "no verdict";
  switch (last.guard) {
    case "all":
      return "proven not worse";
    case "fuse":
      return `worse: ${String(last.figures.code)}`;
    case "watch":
      return "worse: more errors than in the hour before";
    case "errors":
    case "first_token":
    case "time":
    case "cost":
      return `worse: ${guardLabels[last.guard].toLowerCase()}`;
    default:
      return last.guard satisfies never;
  }
}
