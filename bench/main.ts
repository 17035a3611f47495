/** Runs the benchmark: `deno task bench`. */
import { parseArgs } from "node:util";
import { confidence } from "./comparison/interval.ts";
import { LoadGenerator } from "./load/load_generator.ts";
import { describeMachine, loadAverage } from "./machine.ts";
import { plans } from "./plan.ts";
import { renderResults } from "./results/render_results.ts";
import type { ScenarioReport } from "./results/scenario_report.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { otherScenarios, usualScenarios } from "./scenarios/scenarios.ts";

const scenarios: Readonly<Record<string, Scenario>> = { ...usualScenarios, ...otherScenarios };
const names = Object.keys(scenarios);
const usual = Object.keys(usualScenarios);
const usage =
  `Measures what turns and calls take, how soon a switch reaches every process, what limits cost, and
compares it with baselines.

  deno task bench [scenario …] [--quick] [--output <file>]
  deno task bench:quick [scenario …]

  scenario         one or several of: ${usual.join(", ")}, which are all of them by default;
                   or by its name only: ${Object.keys(otherScenarios).join(", ")}
  --quick          a smoke test in a few minutes, with figures too few to compare
  --output <file>  the file for the results; bench/RESULTS.md for a full run without a name,
                   otherwise the terminal

Everything runs on 127.0.0.1 and is stopped at the end. A full run is meant for twenty minutes. Other
load makes intervals wider, and more targets undecided.

Exit status:
  0  every target is met or missed; a missed target is a result, not a failure
  1  requests failed or, of a run that is not quick, a target is undecided: each is named on standard
     error and in the results
  2  unknown scenario or option
  3  the run failed or was interrupted`;

const { values, positionals } = readArguments();
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) refuse(`Unknown scenario: ${unknown.join(", ")}.`);
if (values.help) {
  console.log(usage);
  Deno.exit(0);
}
const plan = plans[values.quick ? "quick" : "full"];
const chosen = positionals.length > 0 ? positionals : usual;
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
let reports: readonly ScenarioReport[];
try {
  reports = await measure();
} catch (error) {
  console.error(interruption.signal.aborted ? "Interrupted." : error);
  Deno.exit(3);
}

const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
const text = renderResults({
  command: ["deno task bench", ...(values.quick ? ["--quick"] : []), ...positionals].join(" "),
  machine: await describeMachine(),
  method: [
    `Took ${minutes} minutes; load average before: ${busy.toFixed(2)}`,
    "Servers are measured in turn, each for a part of a second, in rounds of one run on one machine, " +
    "over loopback, each in a process of its own; so is the load generator, a closed loop over " +
    "keep-alive connections. All servers are started several times. Figures are medians of all " +
    `rounds, ratios are taken within a round, and in brackets is the ${100 * confidence} % ` +
    "interval, by the bootstrap over starts and the rounds of each. A target is decided where the " +
    "interval lies on one side of it.",
    "The upstream plays recorded answers of the Bedrock stand-in, byte by byte, and checks " +
    "nothing: the stand-in checks signatures and bodies, and its own speed would be measured.",
  ],
  reports,
});
if (output === undefined) console.log(text);
else await writePage(output, text);

const open = reports.flatMap(({ title, targets, failures }) => [
  ...failures.map((failure) => `Failed: ${title}: ${failure}`),
  ...targets.filter(({ verdict }) => verdict === "undecided" && !values.quick)
    .map(({ aim, toDecide }) => `Undecided: ${aim}: ${toDecide}`),
]);
for (const line of open) console.error(line);
Deno.exit(open.length === 0 ? 0 : 1);

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        output: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(problem: string): never {
  console.error(`${problem}\n\n${usage}`);
  Deno.exit(2);
}

async function measure(): Promise<readonly ScenarioReport[]> {
  const reports: ScenarioReport[] = [];
  const generator = new LoadGenerator();
  try {
    for (const name of chosen) {
      const bench = { plan, generator, progress, signal: interruption.signal };
      const scenario = scenarios[name];
      if (scenario !== undefined) reports.push(await scenario(bench));
    }
    return reports;
  } finally {
    await generator.stop();
  }
}

/** In the form that `deno fmt` wants every page of the project. */
async function writePage(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path] }).output();
}
