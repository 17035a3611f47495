import { ceiling } from "./ceiling_scenario.ts";
import { coldStart } from "./cold_start_scenario.ts";
import { costs } from "./costs_scenario.ts";
import { far } from "./far_scenario.ts";
import { growth } from "./growth_scenario.ts";
import { overhead } from "./overhead_scenario.ts";
import { streams } from "./streams_scenario.ts";
import { switching } from "./switching_scenario.ts";
import { turns } from "./turns_scenario.ts";
import type { Scenario } from "./scenario.ts";

/** Those of a full run, by the name that the command line takes, in the order in which they run. */
export const usualScenarios: Readonly<Record<string, Scenario>> = {
  overhead,
  streams,
  turns,
  switching,
  costs,
  far,
};

/** Those that take long or compare nothing: runs of their own. */
export const otherScenarios: Readonly<Record<string, Scenario>> = {
  growth,
  "cold-start": coldStart,
  ceiling,
};
