import { projectRoot } from "../../local/config.ts";
import { freePort } from "../../local/ports.ts";
import { benchDir } from "../paths.ts";
import { denoCommand, type ServerProcess, startServer } from "../processes/server_process.ts";
import type { RecordedAnswers } from "./recorded_answers.ts";

/** Starts the server that plays the recorded answers in Bedrock's place. */
export async function startUpstream(answers: RecordedAnswers): Promise<ServerProcess> {
  const port = freePort();
  return await startServer({
    name: "upstream",
    port,
    command: denoCommand(`${benchDir}upstream/main.ts`, `${projectRoot}/deno.json`, [
      "--allow-net=127.0.0.1",
      "--allow-env",
    ]),
    env: { PORT: String(port), RECORDED_ANSWERS: JSON.stringify(answers) },
  });
}
