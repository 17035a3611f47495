import { denoEnvironment } from "../../local/functions/environment.ts";
import { acceptsConnections } from "../../local/ports.ts";
import { signal } from "../../local/processes.ts";

export interface ServerOptions {
  readonly name: string;
  /** Program and arguments; the program runs until it is told to end. */
  readonly command: readonly string[];
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Milliseconds between looks whether it accepts connections; 20. */
  readonly lookEveryMs?: number;
}

/** A server that is measured, in a process of its own. */
export interface ServerProcess {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The command that runs a program with a configuration of its own. */
export function denoCommand(file: string, config: string, permissions: string[]): string[] {
  return [
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--config", config, ...permissions],
    file,
  ];
}

/** The command that serves a function on a port, with the permissions of the embedded stack. */
export function serveCommand(
  file: string,
  config: string,
  port: number,
  permissions: readonly string[] = [],
): string[] {
  return [
    ...[Deno.execPath(), "serve", "--host", "127.0.0.1", "--port", String(port), "--quiet"],
    ...["--config", config, "--no-lock", "--no-prompt", "--allow-net", "--allow-env"],
    ...permissions,
    file,
  ];
}

/** How long a server may take to accept connections, in milliseconds. */
const mostStartMs = 60_000;

/**
 * Starts a server and waits until it accepts connections.
 *
 * @throws {Error} with what it printed last, if it does not
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { name, command: [program, ...args], port, env = {}, cwd, lookEveryMs = 20 } = options;
  const child = new Deno.Command(program ?? "", {
    args,
    ...(cwd !== undefined && { cwd }),
    clearEnv: true,
    env: { ...denoEnvironment(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let tail = "";
  let running = true;
  const take = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    // Read like a log collector would, or a server that logs would stop when the pipe is full.
    for await (const bytes of stream) tail = (new TextDecoder().decode(bytes)).slice(-2000) || tail;
  };
  const ended = Promise.all([take(child.stdout), take(child.stderr), child.status])
    .then(() => {
      running = false;
    });
  const server = {
    name,
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid,
    async stop() {
      if (running) signal(child.pid, "SIGTERM");
      const force = setTimeout(() => signal(child.pid, "SIGKILL"), 3_000);
      await ended;
      clearTimeout(force);
    },
  };
  const startedAt = performance.now();
  while (running && !await acceptsConnections(port)) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    if (performance.now() - startedAt > mostStartMs) break;
  }
  if (running && await acceptsConnections(port)) return server;
  await server.stop();
  throw new Error(`${name} did not start: ${tail.trim() || "it printed nothing"}`);
}
