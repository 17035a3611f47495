import { join } from "node:path";

/** A process that this stack started, with text from its command line that no other one has. */
export interface OwnedProcess {
  readonly pid: number;
  readonly mark: string;
}

/**
 * Ends a process of ours that outlived the stack, which was killed before it could. The process
 * id may belong to a stranger by now, so nothing is sent unless the command line carries the mark.
 */
export async function endIfOurs(process: OwnedProcess): Promise<boolean> {
  if (!await isOurs(process)) return false;
  signal(process.pid, "SIGTERM");
  for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 50) {
    if (!await isOurs(process)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  signal(process.pid, "SIGKILL");
  return true;
}

/** Whether the process still runs and is the one that was recorded. */
export async function isOurs({ pid, mark }: OwnedProcess): Promise<boolean> {
  return (await commandLine(pid)).includes(mark);
}

/** Sends a signal to a process that may be gone. */
export function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The record of a stack's processes, kept in its state folder for the start after a crash. */
export class ProcessRecord {
  readonly #path: string;
  #processes: readonly OwnedProcess[] = [];

  constructor(stateDir: string) {
    this.#path = join(stateDir, "processes.json");
  }

  add(process: OwnedProcess): void {
    this.#write([...this.#processes, process]);
  }

  remove(pid: number): void {
    this.#write(this.#processes.filter((process) => process.pid !== pid));
  }

  /** Ends what an earlier stack left running; returns how many that were. */
  async endLeftovers(): Promise<number> {
    let ended = 0;
    for (const process of this.#read()) if (await endIfOurs(process)) ended++;
    this.#write([]);
    return ended;
  }

  #read(): readonly OwnedProcess[] {
    try {
      return JSON.parse(Deno.readTextFileSync(this.#path));
    } catch (error) {
      // A record cut short by the crash names no process; what it would have named ends by itself
      // when its port is needed, or stays harmless on a port of its own.
      if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return [];
      throw error;
    }
  }

  #write(processes: readonly OwnedProcess[]): void {
    this.#processes = processes;
    const temporary = `${this.#path}.tmp`;
    Deno.writeTextFileSync(temporary, JSON.stringify(processes));
    Deno.renameSync(temporary, this.#path);
  }
}

async function commandLine(pid: number): Promise<string> {
  if (Deno.build.os === "linux") {
    const bytes = await Deno.readFile(`/proc/${pid}/cmdline`).catch(() => new Uint8Array());
    return new TextDecoder().decode(bytes).replaceAll("\0", " ");
  }
  const ps = new Deno.Command("ps", { args: ["-ww", "-o", "command=", "-p", String(pid)] });
  const { stdout } = await ps.output();
  return new TextDecoder().decode(stdout);
}
