import { overhead } from "./overhead_scenario.ts";
import { switching } from "./switching_scenario.ts";
import type { Scenario } from "./scenario.ts";

/** By the name that the command line takes, in the order in which they run. */
export const scenarios = { overhead, switching } as const satisfies Record<string, Scenario>;
