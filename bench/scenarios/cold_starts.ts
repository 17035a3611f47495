import { denoEnvironment } from "../../local/functions/environment.ts";
import { freePort } from "../../local/ports.ts";
import { benchDir, functionsDir } from "../paths.ts";
import { memoryOf } from "../processes/figures.ts";
import { serveCommand, startServer } from "../processes/server_process.ts";

/** A program that is started, gets one request, and is stopped. */
export interface ColdServer {
  readonly name: string;
  readonly file: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

export interface ColdSample {
  /** From the process's start to the end of its first answer. */
  readonly firstAnswerMs: number;
  /** Resident memory after it, in bytes. */
  readonly memory: number;
}

/** @throws {Error} if the first answer is an error */
export async function startCold(server: ColdServer): Promise<ColdSample> {
  const port = freePort();
  const startedAt = performance.now();
  const process = await startServer({
    name: server.name,
    port,
    command: serveCommand(server.file, server.config, port, ["--allow-read", "--allow-sys"]),
    env: server.env,
    lookEveryMs: 2,
  });
  try {
    const response = await fetch(`${process.origin}${server.path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...server.headers },
      body: JSON.stringify(server.body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${server.name}: status ${response.status}: ${text}`);
    const firstAnswerMs = performance.now() - startedAt;
    return { firstAnswerMs, memory: memoryOf(process.pid).now };
  } finally {
    await process.stop();
  }
}

/** How long a process that loads a package and ends takes, in milliseconds, and its memory. */
export async function loadPackage(file: string): Promise<ColdSample> {
  const startedAt = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-lock", "--no-prompt", "--allow-env", "--allow-read"],
      ...["--allow-sys", "--config", `${functionsDir}/chat/deno.json`],
      `${benchDir}cold/${file}`,
    ],
    clearEnv: true,
    env: denoEnvironment(),
  }).output();
  const firstAnswerMs = performance.now() - startedAt;
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return { firstAnswerMs, memory: Number(new TextDecoder().decode(stdout)) };
}
