/** Runs the benchmark: `deno task bench`. Ends with 0 when its figures tell something, else with 1. */
import { parseArgs } from "node:util";
import { LoadGenerator } from "./load/load_generator.ts";
import { describeMachine, loadAverage } from "./machine.ts";
import { plans } from "./plan.ts";
import { renderResults } from "./report/results.ts";
import type { ScenarioReport } from "./scenarios/scenario.ts";
import { scenarios } from "./scenarios/scenarios.ts";

const names = Object.keys(scenarios);
const usage = `Measures what a turn costs, how fast a switch reaches everyone, and how it scales.

  deno task bench [scenario …] [--quick] [--output <file>]
  deno task bench:quick [scenario …]

  scenario         one or several of: ${names.join(", ")}; all by default
  --quick          less of everything, in under two minutes: tells that it works, and little more
  --output <file>  where the results go; bench/RESULTS.md for a full run of everything,
                   otherwise the terminal

Everything runs on 127.0.0.1 and is stopped at the end. A full run takes some twenty minutes, in
which the machine should have nothing else to do.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
const unknown = positionals.filter((name) => !names.includes(name));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no scenario ${unknown.join(", ")}.\n`);
  console.log(usage);
  Deno.exit(values.help ? 0 : 2);
}

const plan = plans[values.quick ? "quick" : "full"];
const chosen = positionals.length > 0 ? positionals : names;
const output = values.output ??
  (!values.quick && positionals.length === 0 ? "bench/RESULTS.md" : undefined);

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => interruption.abort(new Error("Interrupted.")));
}
const startedAt = performance.now();
const progress = (line: string) => {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.error(`${String(seconds).padStart(4)} s  ${line}`);
};

const busy = loadAverage();
const reports: ScenarioReport[] = [];
const generator = new LoadGenerator();
try {
  for (const name of chosen) {
    const bench = { plan, generator, progress, signal: interruption.signal };
    const scenario = scenarios[name];
    if (scenario !== undefined) reports.push(await scenario(bench));
  }
} finally {
  await generator.stop();
}

const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
const text = renderResults({
  command: ["deno task bench", ...(values.quick ? ["--quick"] : []), ...positionals].join(" "),
  machine: await describeMachine(),
  method: [
    `Took ${minutes} minutes; load average before: ${busy.toFixed(2)}`,
    "Servers are measured in alternation, in several rounds of one run on one machine, over " +
    "loopback, each in a process of its own; so is the load generator, a closed loop over kept " +
    "connections. Figures are medians of the rounds, the least and the most in brackets; ratios " +
    "are taken within a round first.",
    "The upstream plays recorded answers of the Bedrock stand-in, byte by byte, and checks " +
    "nothing: the stand-in itself checks signatures and bodies, and would be what is measured.",
  ],
  reports,
});
if (output === undefined) console.log(text);
else await writePage(output, text);

const problems = reports.flatMap(({ problems }) => problems);
for (const problem of problems) console.error(`Tells nothing: ${problem}`);
Deno.exit(problems.length === 0 ? 0 : 1);

/** Written as `deno fmt` wants every page of the project. */
async function writePage(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path] }).output();
}
