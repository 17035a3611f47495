import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { LocalServer } from "./local_server.ts";
import { runCommand } from "./run_command.ts";

/** Fields of an answer of the API. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Runs switch-bedrock-model.sh on an API that answers so.
 *
 * @param answer It lacks only what every answer has.
 */
export async function played(answer: Fields, ...args: string[]) {
  const requests: Record<string, unknown>[] = [];
  await using server = new LocalServer(async (request) => {
    requests.push(await request.json());
    return Response.json({ success: true, registry_version: 7, ...answer });
  });
  const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");
  const result = await runCommand("bash", [script, ...args], {
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_KEY: "sb_secret_of-a-test",
    LC_ALL: "C.UTF-8",
  });
  return { ...result, lines: result.stdout.trimEnd().split("\n"), request: requests[0] };
}
