import type { TickStatus } from "./tick.ts";

/** The warning of functions that ran outside the allowed geographies while nothing keeps them in. */
export function describeRunsOutside(runs: TickStatus["runs_outside"]): string {
  const total = runs.reduce((sum, each) => sum + each.runs, 0);
  const regions = runs.map(({ region, runs }) => `${region} (${runs})`).join(", ");
  return `In the last 7 days ${total} turns and calls were processed by functions outside ` +
    `allowed_geographies: ${regions}. Have the clients send x-region, then set function_geographies.`;
}
