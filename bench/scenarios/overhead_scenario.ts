import { ratios, type Values } from "../comparison/interval.ts";
import { figureOf, type Sample } from "../comparison/sample.ts";
import { atLeast, atMost, type Target } from "../comparison/target.ts";
import { startComparedProject } from "../servers/compared_project.ts";
import { type ServerName, startInMemoryServers } from "../servers/measured_servers.ts";
import type { Mode } from "../servers/request_sets.ts";
import { added, cellTables, samplesOf } from "./cell_tables.ts";
import { type Cell, type CellResult, describeCell, measureCells } from "./measure_cells.ts";
import type { Scenario } from "./scenario.ts";

const introduction = `
A request to a model that answers at once, through each of these. _Added_ is what a server's time
exceeds that of the upstream asked directly, in the same round. The AWS SDK server, the AI SDK server
and Portkey pass a request on, without authentication. Ours do all that they do for users, but with
maps in Postgres's place: \`chat\` checks the user's token, chooses the model, keeps question and answer
in their conversation, prices the answer and logs it. \`openai\` and \`anthropic\` answer the same question
in Chat Completions and Messages, which Portkey speaks too: they check an API key, store no words, and
price and log the answer. With tools, a request has one and the model calls it.
`;

const modes = ["json", "stream", "tools", "streamedTools"] as const;
const cells: readonly Cell[] = modes.flatMap((mode) =>
  ([1, 32] as const).map((concurrency) => ({ mode, concurrency }))
);

/** What our functions add to a call of a model by themselves, compared with the baselines. */
export const overhead: Scenario = async (bench) => {
  bench.progress("overhead: starting the stack");
  await using project = await startComparedProject();
  const result = await measureCells(bench, {
    name: "overhead",
    plan: bench.plan.overhead,
    cells,
    start: () => startInMemoryServers(project),
  });
  return {
    title: "Overhead in memory",
    lines: [introduction, ...cellTables(result)],
    targets: overheadTargets(result),
    failures: result.failures,
  };
};

function overheadTargets(result: CellResult): Target[] {
  return modes.flatMap((mode) => [
    ...(mode === "json" || mode === "stream" ? chatTargets(result, mode) : []),
    ...(["openai, in memory", "anthropic, in memory"] as const).flatMap((name) =>
      besidePortkey(result, mode, name)
    ),
  ]);
}

function chatTargets(result: CellResult, mode: Mode): Target[] {
  const name = "chat, in memory";
  const { one, many, addedTo, of } = comparisons(result, mode, name);
  return [
    atMost(
      `${name}, ${one}: adds at most as much as the AWS SDK server (p50)`,
      1,
      addedTo("AWS SDK server"),
    ),
    ...besidePortkey(result, mode, name),
    atLeast(
      `${name}, ${many}: at least the AWS SDK server's requests/s`,
      1,
      of("AWS SDK server", "perSecond"),
    ),
    atMost(`${name}, ${many}: p99 under Portkey's`, 1, of("Portkey", "p99")),
  ];
}

function besidePortkey(result: CellResult, mode: Mode, name: ServerName): Target[] {
  const { one, many, addedTo, of } = comparisons(result, mode, name);
  return [
    atMost(`${name}, ${one}: adds less than Portkey (p50)`, 1, addedTo("Portkey")),
    atLeast(
      `${name}, ${many}: at least 1.5 × Portkey's requests/s`,
      1.5,
      of("Portkey", "perSecond"),
    ),
  ];
}

/** A server's figures by those of another, and what the two kinds of request are called. */
function comparisons(result: CellResult, mode: Mode, name: ServerName) {
  const one: Cell = { mode, concurrency: 1 };
  const many: Cell = { mode, concurrency: 32 };
  return {
    one: describeCell(one),
    many: describeCell(many),
    addedTo(baseline: ServerName): Values {
      const samples = samplesOf(result, one);
      return ratios(added(samples, name, "p50"), added(samples, baseline, "p50"));
    },
    of(baseline: ServerName, figure: keyof Sample): Values {
      const samples = samplesOf(result, many);
      return ratios(figureOf(samples.get(name), figure), figureOf(samples.get(baseline), figure));
    },
  };
}
