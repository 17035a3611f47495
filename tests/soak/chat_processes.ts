/** The processes of `chat` that a soak runs, what they print, and how much memory they take. */
import { type FunctionProcess, startFunction } from "../../local/functions/start_function.ts";
import { signal } from "../../local/processes.ts";
import type { Output } from "./output.ts";

export interface ChatProcessesOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly deno: string | undefined;
  readonly output: Output;
}

/** One process that stays, whose memory is looked at, and one that is killed now and then. */
export class ChatProcesses {
  readonly #options: ChatProcessesOptions;
  #lasting: FunctionProcess | undefined;
  #mortal: FunctionProcess | undefined;
  /** Processes that ended without being killed. */
  readonly deaths: string[] = [];
  kills = 0;

  constructor(options: ChatProcessesOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    [this.#lasting, this.#mortal] = await Promise.all([this.#begin("a"), this.#begin("b")]);
  }

  /** Where they answer; the mortal one may just be dead. */
  get urls(): string[] {
    return [this.#lasting, this.#mortal].flatMap((process) => process?.url ?? []);
  }

  /** Kills the mortal process as a crash would, and starts another. */
  async killOne(): Promise<void> {
    const process = this.#mortal;
    if (process === undefined) return;
    this.#mortal = undefined;
    this.kills++;
    signal(process.process.pid, "SIGKILL");
    await process.ended;
    this.#mortal = await this.#begin(`b${this.kills}`);
  }

  /** Resident memory of the lasting process, in bytes. */
  memory(): Promise<number> {
    if (this.#lasting === undefined) throw new Error("The processes have not been started.");
    return residentBytes(this.#lasting.process.pid);
  }

  async stop(): Promise<void> {
    const processes = [this.#lasting, this.#mortal];
    this.#lasting = this.#mortal = undefined;
    await Promise.all(processes.map((process) => process?.stop()));
  }

  async #begin(name: string): Promise<FunctionProcess> {
    const { env, deno, output } = this.#options;
    const process = await startFunction({
      name: "chat",
      env,
      deno,
      onLine: (line) => output.take(name, line),
    });
    process.ended.then(() => {
      if (process === this.#lasting || process === this.#mortal) this.deaths.push(name);
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
