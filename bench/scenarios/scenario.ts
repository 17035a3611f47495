import type { LoadGenerator } from "../load/load_generator.ts";
import type { Plan } from "../plan.ts";
import type { Spread } from "../stats.ts";

/** What every scenario is run with. */
export interface Bench {
  readonly plan: Plan;
  readonly generator: LoadGenerator;
  /** Tells the terminal how far it is. */
  readonly progress: (line: string) => void;
  /** Aborted when the run is interrupted; whoever measures in a loop looks at it. */
  readonly signal: AbortSignal;
}

/** Something that is aimed at, and what came of it. */
export interface Target {
  readonly aim: string;
  /** What was measured, round by round. */
  readonly measured: Spread;
  readonly met: boolean;
}

export interface ScenarioReport {
  readonly title: string;
  /** Lines of Markdown below the title. */
  readonly lines: readonly string[];
  readonly targets: readonly Target[];
  /** Why the run tells nothing; empty when it does. */
  readonly problems: readonly string[];
}

/** Measures one thing, with servers of its own, all of which are stopped at the end. */
export type Scenario = (bench: Bench) => Promise<ScenarioReport>;

export function atMost(aim: string, limit: number, measured: Spread): Target {
  return { aim, measured, met: measured.median <= limit };
}

export function atLeast(aim: string, limit: number, measured: Spread): Target {
  return { aim, measured, met: measured.median >= limit };
}
