/**
 * The load generator's process: a job on each line of standard input, its result on one of output.
 */
import type { LoadJob } from "./job.ts";
import { runJob } from "./run_job.ts";

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const job: LoadJob = JSON.parse(line);
    console.log(JSON.stringify(await runJob(job)));
  }
}
