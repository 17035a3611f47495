import type { LoadGenerator } from "../load/load_generator.ts";
import type { Plan } from "../plan.ts";
import type { ScenarioReport } from "../results/scenario_report.ts";

/** The arguments of every scenario. */
export interface Bench {
  readonly plan: Plan;
  readonly generator: LoadGenerator;
  /** Prints the progress. */
  readonly progress: (line: string) => void;
  /** Aborted when the run is interrupted; every loop checks it. */
  readonly signal: AbortSignal;
}

/** Measures one thing, with servers of its own, all of which are stopped at the end. */
export type Scenario = (bench: Bench) => Promise<ScenarioReport>;
