import { fileURLToPath } from "node:url";
import type { LoadJob, LoadResult, StreamJob, StreamResult } from "./job.ts";

/** The load generator, in a process of its own so that it shares no event loop with anything. */
export class LoadGenerator {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--quiet", "--allow-net=127.0.0.1"],
        fileURLToPath(new URL("generator.ts", import.meta.url)),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
  }

  async run(job: LoadJob): Promise<LoadResult> {
    return await this.#ask({ load: job });
  }

  async runStreams(job: StreamJob): Promise<StreamResult> {
    return await this.#ask({ streams: job });
  }

  async #ask<T>(line: object): Promise<T> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
    const { done, value } = await this.#lines.next();
    if (done) throw new Error("The load generator ended before its time.");
    return JSON.parse(value);
  }

  async stop(): Promise<void> {
    await this.#input.close();
    await this.#lines.return?.();
    await this.#child.status;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
