import { combine, ratios } from "../comparison/interval.ts";
import { figureOf } from "../comparison/sample.ts";
import { atLeast, atMost, type Target } from "../comparison/target.ts";
import { startComparedProject } from "../servers/compared_project.ts";
import { startWholeServers } from "../servers/measured_servers.ts";
import { added, cellTables, samplesOf } from "./cell_tables.ts";
import { type Cell, type CellResult, describeCell, measureCells } from "./measure_cells.ts";
import type { Scenario } from "./scenario.ts";

const introduction = `
Whole turns and calls, with Postgres beside them, from a model that answers at once. _Added_ is what
they take beyond the upstream asked directly, in the same round. _Two bare RPCs_ are the two calls of
the database that a turn needs, sent to the same API server by the load generator itself; their CPU
is the API server's.
`;

const cells: readonly Cell[] = (["json", "stream"] as const).flatMap((mode) =>
  ([1, 32] as const).map((concurrency) => ({ mode, concurrency }))
);

/** What a turn and a call take in all. */
export const turns: Scenario = async (bench) => {
  bench.progress("turns: starting the stack");
  await using project = await startComparedProject();
  const result = await measureCells(bench, {
    name: "turns",
    plan: bench.plan.turns,
    cells,
    start: () => startWholeServers(project),
  });
  return {
    title: "Whole turns and calls",
    lines: [introduction, ...cellTables(result)],
    targets: turnTargets(result),
    failures: result.failures,
  };
};

function turnTargets(result: CellResult): Target[] {
  const one: Cell = { mode: "json", concurrency: 1 };
  const many: Cell = { mode: "json", concurrency: 32 };
  const [single, loaded] = [samplesOf(result, one), samplesOf(result, many)];
  const allowed = combine(
    added(single, "chat, in memory", "p50"),
    figureOf(single.get("two bare RPCs"), "p50"),
    (inMemory, rpcs) => inMemory + 1.15 * rpcs,
  );
  return [
    atMost(
      `chat, ${
        describeCell(one)
      }: adds at most what it adds in memory and 1.15 × two bare RPCs (p50)`,
      1,
      ratios(added(single, "chat", "p50"), allowed),
    ),
    atLeast(
      `chat, ${describeCell(many)}: at least 0.8 turns for each pair of bare RPCs`,
      0.8,
      ratios(
        figureOf(loaded.get("chat"), "perSecond"),
        figureOf(loaded.get("two bare RPCs"), "perSecond"),
      ),
    ),
  ];
}
