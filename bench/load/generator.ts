/**
 * The load generator's process: a job on each line of standard input, its result on one of output.
 */
import type { LoadJob, StreamJob } from "./job.ts";
import { runJob } from "./run_job.ts";
import { runStreams } from "./run_streams.ts";

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const { load, streams }: { load?: LoadJob; streams?: StreamJob } = JSON.parse(line);
    if (load !== undefined) console.log(JSON.stringify(await runJob(load)));
    if (streams !== undefined) console.log(JSON.stringify(await runStreams(streams)));
  }
}
