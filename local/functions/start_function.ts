import { join } from "node:path";
import { projectRoot } from "../config.ts";
import { acceptsConnections, freePort } from "../ports.ts";
import { type OwnedProcess, signal } from "../processes.ts";
import { StackError } from "../stack_error.ts";
import { denoEnvironment } from "./environment.ts";

export interface StartFunctionOptions {
  /** The function's folder. */
  readonly name: string;
  /** Default: a free one. */
  readonly port?: number;
  /** All that the function sees, besides what Deno itself needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Path of the Deno to run it with. Default: this one. */
  readonly deno?: string | undefined;
  /** Default: the project's `supabase/functions`. */
  readonly functionsDir?: string | undefined;
  /** What is served in place of the function's `index.ts`, with its configuration. */
  readonly entry?: string | undefined;
  /** Flags of V8, such as `--max-old-space-size=128`. */
  readonly v8Flags?: string | undefined;
  /** Gets each line that the function prints. Default: dropped. */
  readonly onLine?: (line: string) => void;
  /** Told of the process as soon as there is one, before it accepts requests. */
  readonly onSpawn?: (process: OwnedProcess) => void;
  /** Gives up the start. */
  readonly signal?: AbortSignal | undefined;
}

/** One process of a function. */
export interface FunctionProcess {
  /** Where it answers, without the gateway: `http://127.0.0.1:<port>/<name>`. */
  readonly url: string;
  readonly port: number;
  readonly process: OwnedProcess;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** The packages of the function's lock file and no others, as they are deployed; if it has one. */
async function lockArguments(dir: string): Promise<string[]> {
  const path = join(dir, "deno.lock");
  try {
    await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return ["--no-lock"];
  }
  return ["--lock", path, "--frozen"];
}

/**
 * Runs a function in a process of its own, with the permissions that the hosted runtime gives:
 * network and environment. Resolves when it accepts requests.
 *
 * @throws {StackError} with what it printed last, if it ends before that
 */
export async function startFunction(options: StartFunctionOptions): Promise<FunctionProcess> {
  const { name, port = freePort(), env, onLine = () => {} } = options;
  const dir = join(options.functionsDir ?? join(projectRoot, "supabase", "functions"), name);
  // The function ignores it; it tells the process from others, whatever its id.
  const mark = `stack-process=${crypto.randomUUID()}`;
  const child = new Deno.Command(options.deno ?? Deno.execPath(), {
    args: [
      ...["serve", "--host", "127.0.0.1", "--port", String(port)],
      ...["--config", join(dir, "deno.json"), ...await lockArguments(dir)],
      ...["--no-prompt", "--quiet"],
      ...(options.v8Flags === undefined ? [] : [`--v8-flags=${options.v8Flags}`]),
      ...["--allow-net", "--allow-env", options.entry ?? join(dir, "index.ts"), mark],
    ],
    clearEnv: true,
    env: { ...denoEnvironment(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // Ctrl-C in the terminal is the stack's to handle.
    detached: true,
  }).spawn();

  const process = { pid: child.pid, mark };
  options.onSpawn?.(process);

  const lastLines: string[] = [];
  const take = (line: string) => {
    // Older Denos greet in spite of --quiet.
    if (line.startsWith("deno serve: Listening on ")) return;
    onLine(line);
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
  };
  let running = true;
  const giveUp = () => signal(child.pid, "SIGKILL");
  options.signal?.addEventListener("abort", giveUp);
  const ended = Promise.all([
    eachLine(child.stdout, take),
    eachLine(child.stderr, take),
    child.status,
  ]).then(() => {
    running = false;
  });

  while (running && !await acceptsConnections(port)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  options.signal?.removeEventListener("abort", giveUp);
  if (!running) {
    const reason = lastLines.find((line) => /error/i.test(line)) ?? lastLines.at(-1);
    throw new StackError(`The function ${name} did not start: ${reason ?? "it said nothing"}`);
  }
  return {
    url: `http://127.0.0.1:${port}/${name}`,
    port,
    process,
    ended,
    async stop() {
      signal(child.pid, "SIGTERM");
      const force = setTimeout(() => signal(child.pid, "SIGKILL"), 3_000);
      await ended;
      clearTimeout(force);
    },
  };
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line.trimEnd());
  }
  if (rest !== "") take(rest);
}
