/** Where the functions run, and where they call Bedrock. */
import type { SmokeCheck } from "./check.ts";
import { CheckFailed } from "./check_failed.ts";

export const regionCheck: SmokeCheck = {
  name: "regions",
  run: async ({ project, credentials, figures }) => {
    const operator = { apikey: credentials.secretKey };
    const { models } = await project.manage({ action: "list" }, operator);
    for (const { is_available, region } of models) {
      if (is_available && region !== null) figures.callRegions.add(region);
    }
    const functions = [...project.functionRegions].sort().join(", ") || "not told";
    // Reading AWS's lists costs nothing. Not every key may.
    let configured: string;
    try {
      const sync = await project.manage({ action: "sync" }, operator);
      configured = sync.region;
      figures.callRegions.add(configured);
    } catch (error) {
      if (!(error instanceof CheckFailed)) throw error;
      configured = `not told (sync: ${error.message})`;
    }
    const calls = [...figures.callRegions].sort().join(", ") || "not told";
    return `functions ran in: ${functions}; BEDROCK_REGION: ${configured}; calls begin in: ${calls}`;
  },
};
