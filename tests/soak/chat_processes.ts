/** The processes of functions that a soak runs, what they print, and how much memory they take. */
import { type FunctionProcess, startFunction } from "../../local/functions/start_function.ts";
import { signal } from "../../local/processes.ts";
import type { Output } from "./output.ts";

export interface ChatProcessesOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly deno: string | undefined;
  readonly output: Output;
}

export const dialects = ["openai", "anthropic"] as const;
export type DialectName = typeof dialects[number];
type FunctionName = "chat" | DialectName;

interface Mortal {
  readonly process: FunctionProcess;
  readonly printsAs: string;
}

/**
 * One process of `chat` that stays, whose memory is looked at, and one of each function that is
 * killed now and then.
 */
export class ChatProcesses {
  readonly #options: ChatProcessesOptions;
  #lasting: FunctionProcess | undefined;
  readonly #mortal = new Map<FunctionName, Mortal>();
  /** Processes that ended without being killed. */
  readonly deaths: string[] = [];
  /** Those that were, by the names under which they print. */
  readonly killed = new Set<string>();
  #stopping = false;

  constructor(options: ChatProcessesOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const mortals: readonly FunctionName[] = ["chat", ...dialects];
    [this.#lasting] = await Promise.all([
      this.#begin("chat", "chat a"),
      ...mortals.map((name) => this.#beginMortal(name)),
    ]);
  }

  /** Where a function answers; its mortal process may just be dead. */
  urlsOf(name: FunctionName): string[] {
    const lasting = name === "chat" ? this.#lasting : undefined;
    return [lasting, this.#mortal.get(name)?.process].flatMap((process) => process?.url ?? []);
  }

  get kills(): number {
    return this.killed.size;
  }

  /** Kills a mortal process as a crash would, and starts another: each function's in turn. */
  async killOne(): Promise<void> {
    const [next] = this.#mortal;
    if (next === undefined) return;
    const [name, { process, printsAs }] = next;
    this.#mortal.delete(name);
    this.killed.add(printsAs);
    signal(process.process.pid, "SIGKILL");
    await process.ended;
    await this.#beginMortal(name);
  }

  /** Resident memory of the lasting process, in bytes. */
  memory(): Promise<number> {
    if (this.#lasting === undefined) throw new Error("The processes have not been started.");
    return residentBytes(this.#lasting.process.pid);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const mortals = [...this.#mortal.values()].map(({ process }) => process);
    await Promise.all([this.#lasting, ...mortals].map((process) => process?.stop()));
  }

  async #beginMortal(name: FunctionName): Promise<void> {
    const printsAs = `${name} b${this.kills}`;
    this.#mortal.set(name, { process: await this.#begin(name, printsAs), printsAs });
  }

  async #begin(name: FunctionName, printsAs: string): Promise<FunctionProcess> {
    const { env, deno, output } = this.#options;
    const process = await startFunction({
      name,
      env,
      deno,
      onLine: (line) => output.take(printsAs, line),
    });
    process.ended.then(() => {
      if (!this.#stopping && !this.killed.has(printsAs)) this.deaths.push(printsAs);
    });
    return process;
  }
}

async function residentBytes(pid: number): Promise<number> {
  if (Deno.build.os === "linux") {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] })
    .output();
  return Number(new TextDecoder().decode(stdout)) * 1024;
}
