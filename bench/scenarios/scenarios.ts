import { ceiling } from "./ceiling_scenario.ts";
import { coldStart } from "./cold_start_scenario.ts";
import { growth } from "./growth_scenario.ts";
import { limits } from "./limits_scenario.ts";
import { overhead } from "./overhead_scenario.ts";
import { switching } from "./switching_scenario.ts";
import type { Scenario } from "./scenario.ts";

/** By the name that the command line takes, in the order in which they run. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  overhead,
  switching,
  limits,
  growth,
  "cold-start": coldStart,
  ceiling,
};
