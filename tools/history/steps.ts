import type { Cast } from "./cast.ts";

/** What an operator did to the registry. */
export interface Step {
  /** How much of the time has gone by on its day, from 0 to 1. */
  readonly at: number;
  /** Of UTC. They grow, so that the steps keep their order when the days are few. */
  readonly time: string;
  readonly source: "api" | "cli" | "sql";
  readonly probe: "passed" | "skipped" | null;
  /** Whether it took the step before back. */
  readonly undoes: boolean;
  readonly change: Change;
}

export type Change =
  | { readonly kind: "default"; readonly from: string; readonly to: string }
  | { readonly kind: "price"; readonly model: string }
  | { readonly kind: "assign"; readonly type: string; readonly from: string; readonly to: string };

/** When the patients' model was throttled; its assistant was on another one for some of it. */
export const incidentTimes = { at: 0.72, from: "13:10", to: "17:20" } as const;

/**
 * Trials, one of them taken back, a price cut, a day of throttling. The last step of each kind
 * leads to what is today.
 *
 * @param assigned the assistants that have a model of their own
 */
export function stepsOf(cast: Cast, assigned: readonly string[]): Step[] {
  const { standard, formerStandard, everyday, tried, careful, cheaper, clinicalToday } = cast;
  const steps: Step[] = [
    step(0.13, "07:12", "api", "passed", setDefault(formerStandard, standard)),
    step(0.26, "08:26", "cli", "passed", assign("health", everyday, tried)),
    rollback(0.30, "09:41", assign("health", tried, everyday)),
    step(0.45, "10:37", "sql", null, { kind: "price", model: careful }),
    step(0.55, "11:08", "api", "passed", assign("clinical", careful, cheaper)),
    step(0.62, "12:15", "api", "passed", assign("clinical", cheaper, careful)),
    step(0.72, "14:05", "cli", "skipped", assign("health", everyday, standard)),
    rollback(0.72, "17:30", assign("health", standard, everyday)),
    step(0.93, "19:20", "api", "passed", assign("clinical", careful, clinicalToday)),
  ];
  return steps.filter(({ change }) =>
    change.kind === "price" || change.from !== change.to &&
      (change.kind === "default" || assigned.includes(change.type))
  );
}

function step(
  at: number,
  time: string,
  source: Step["source"],
  probe: Step["probe"],
  change: Change,
): Step {
  return { at, time, source, probe, change, undoes: false };
}

/** Nothing is probed before a rollback. */
function rollback(at: number, time: string, change: Change): Step {
  return { at, time, source: "cli", probe: null, change, undoes: true };
}

function setDefault(from: string, to: string): Change {
  return { kind: "default", from, to };
}

function assign(type: string, from: string, to: string): Change {
  return { kind: "assign", type, from, to };
}
