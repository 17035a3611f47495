import { join } from "node:path";
import { projectRoot } from "../config.ts";
import { ClientError } from "./client_error.ts";

/**
 * Runs the operator's command with these arguments and returns what it prints, warnings last.
 *
 * @throws {ClientError} with what it says, if it fails.
 */
export async function runSwitchCommand(
  args: readonly string[],
  projectUrl: string,
  secretKey: string,
): Promise<string> {
  const command = new Deno.Command(join(projectRoot, "scripts", "switch-bedrock-model.sh"), {
    args: [...args],
    env: { SUPABASE_URL: projectUrl, SUPABASE_SERVICE_KEY: secretKey },
    stdin: "null",
  });
  const { success, code, stdout, stderr } = await command.output();
  const [printed, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (success) return [printed, said].filter(Boolean).join("\n");
  throw new ClientError(said || `The operator's command ended with exit status ${code}.`);
}
