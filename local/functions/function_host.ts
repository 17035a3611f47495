import { join } from "node:path";
import { describeError } from "../describe_error.ts";
import type { OwnedProcess, ProcessRecord } from "../processes.ts";
import { type FunctionProcess, startFunction } from "./start_function.ts";

/** How long requests may go on in a process that was replaced, in milliseconds. */
const drainMs = 30_000;

export interface FunctionHostOptions {
  readonly functionsDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deno: string | undefined;
  readonly processes: ProcessRecord;
  readonly log: (line: string) => void;
}

/** One function and the process that answers for it. */
interface Hosted {
  current: FunctionProcess | undefined;
  /** The last start, which a later one waits for. */
  starting: Promise<void>;
}

/** Runs every function of a folder, each in a process of its own. */
export class FunctionHost {
  readonly #options: FunctionHostOptions;
  readonly #hosted = new Map<string, Hosted>();
  /** Replaced processes that finish what they had begun. */
  readonly #draining = new Set<FunctionProcess>();
  /** Undefined while the functions are stopped. */
  #abort: AbortController | undefined;

  constructor(options: FunctionHostOptions) {
    this.#options = options;
  }

  /** Names of the functions: folders with an `index.ts` whose names do not begin with `_`. */
  get names(): string[] {
    return [...this.#hosted.keys()];
  }

  has(name: string): boolean {
    return this.#hosted.has(name);
  }

  /** Where a function answers, or undefined while no process does. */
  originOf(name: string): string | undefined {
    const port = this.#hosted.get(name)?.current?.port;
    return port === undefined ? undefined : `http://127.0.0.1:${port}`;
  }

  /** Starts all functions. One that does not start is told of, and does not stop the others. */
  async start(): Promise<void> {
    this.#abort ??= new AbortController();
    const found = findFunctions(this.#options.functionsDir);
    await Promise.all(found.map((name) => this.#replace(name)));
  }

  /** Starts each function anew, and takes up new ones; requests in progress are finished. */
  async reload(): Promise<void> {
    if (this.#abort) await this.start();
  }

  async stop(): Promise<void> {
    this.#abort?.abort();
    this.#abort = undefined;
    await Promise.all([...this.#hosted.values()].map((hosted) => hosted.starting));
    const current = [...this.#hosted.values()].flatMap((hosted) => hosted.current ?? []);
    for (const hosted of this.#hosted.values()) hosted.current = undefined;
    await Promise.all([...current, ...this.#draining].map((process) => process.stop()));
  }

  async #replace(name: string): Promise<void> {
    const hosted = this.#hosted.get(name) ??
      { current: undefined, starting: Promise.resolve() };
    this.#hosted.set(name, hosted);
    hosted.starting = hosted.starting.then(() => this.#startAndSwitch(name, hosted));
    await hosted.starting;
  }

  async #startAndSwitch(name: string, hosted: Hosted): Promise<void> {
    const signal = this.#abort?.signal;
    if (!signal) return;
    const { env, deno, functionsDir, processes, log } = this.#options;
    let spawned: OwnedProcess | undefined;
    let next: FunctionProcess;
    try {
      next = await startFunction({
        name,
        env,
        deno,
        functionsDir,
        signal,
        onSpawn: (process) => processes.add(spawned = process),
        onLine: (line) => log(`[${name}] ${line}`),
      });
    } catch (error) {
      if (spawned) processes.remove(spawned.pid);
      if (signal.aborted) return;
      const still = hosted.current ? " (the version before it goes on answering)" : "";
      log(`${describeError(error)}${still}`);
      return;
    }
    next.ended.then(() => this.#onEnd(name, hosted, next));
    const former = hosted.current;
    hosted.current = next;
    if (former) this.#drain(former);
  }

  #drain(process: FunctionProcess): void {
    this.#draining.add(process);
    const timer = setTimeout(() => process.stop(), drainMs);
    process.ended.then(() => {
      clearTimeout(timer);
      this.#draining.delete(process);
    });
  }

  #onEnd(name: string, hosted: Hosted, process: FunctionProcess): void {
    this.#options.processes.remove(process.process.pid);
    if (hosted.current !== process) return;
    hosted.current = undefined;
    if (!this.#abort) return;
    this.#options.log(`The function ${name} ended by itself; it starts again when a file changes.`);
  }
}

function findFunctions(dir: string): string[] {
  const names: string[] = [];
  for (const entry of Deno.readDirSync(dir)) {
    if (!entry.isDirectory || entry.name.startsWith("_") || entry.name.startsWith(".")) continue;
    try {
      Deno.statSync(join(dir, entry.name, "index.ts"));
      names.push(entry.name);
    } catch {
      // A folder without index.ts is not a function (tests, fixtures).
    }
  }
  return names.sort();
}
