import { fileURLToPath } from "node:url";
import { projectRoot } from "../../local/config.ts";
import { freePort } from "../../local/ports.ts";
import { denoCommand, type ServerProcess, startServer } from "./server_process.ts";

/** Starts a proxy that makes a server of this machine as far away as a round trip takes. */
export async function startDelayProxy(
  origin: string,
  roundTripMs: number,
): Promise<ServerProcess> {
  const port = freePort();
  const file = fileURLToPath(new URL("delay_proxy_process.ts", import.meta.url));
  return await startServer({
    name: "delaying proxy",
    port,
    command: denoCommand(file, `${projectRoot}/deno.json`, [
      "--allow-net=127.0.0.1",
      "--allow-env",
    ]),
    env: {
      PORT: String(port),
      TARGET_PORT: new URL(origin).port,
      ROUND_TRIP_MS: String(roundTripMs),
    },
  });
}
