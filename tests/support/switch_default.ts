/** The ways in which operators make a model the default. */
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import type { FreshProject } from "./fresh_project.ts";
import { manage } from "./project_client.ts";
import { runCommand } from "./run_command.ts";

type Switch = (project: FreshProject, modelId: string) => Promise<void>;

/** Each resolves when its operator knows that the switch is made. */
export const switchDefault: Readonly<Record<string, Switch>> = {
  "over REST": async (project, model_id) => {
    const { status, body } = await manage(project, { action: "set-default", model_id });
    if (status !== 200) throw new Error(body.error.message);
  },
  "with the operator's command": async ({ apiUrl, keys }, modelId) => {
    const { code, stderr } = await runCommand(
      join(projectRoot, "scripts", "switch-bedrock-model.sh"),
      [modelId, "switch"],
      { SUPABASE_URL: apiUrl, SUPABASE_SERVICE_KEY: keys.secret },
    );
    if (code !== 0) throw new Error(stderr);
  },
  "in SQL": async ({ sql }, modelId) => {
    await sql`update bedrock_models set is_default = true where model_id = ${modelId}`;
  },
};
