import { combine, type Values } from "../comparison/interval.ts";
import { figureOf, type Sample, type Samples } from "../comparison/sample.ts";
import { measured, megabytes, table } from "../results/table.ts";
import type { ServerName } from "../servers/measured_servers.ts";
import { type Cell, type CellResult, describeCell } from "./measure_cells.ts";

/** What is told of each server in all, and not beyond the upstream. */
const told: readonly ServerName[] = ["upstream alone", "two bare RPCs"];

/** The samples of one kind of request. */
export function samplesOf({ cells }: CellResult, wanted: Cell): ReadonlyMap<ServerName, Samples> {
  const found = cells.find(({ cell }) =>
    cell.mode === wanted.mode && cell.concurrency === wanted.concurrency
  );
  return found?.samples ?? new Map();
}

/** The figure beyond that of the upstream in the same round. */
export function added(
  samples: ReadonlyMap<ServerName, Samples>,
  name: ServerName,
  figure: keyof Sample,
): Values {
  return combine(
    figureOf(samples.get(name), figure),
    figureOf(samples.get("upstream alone"), figure),
    (value, alone) => value - alone,
  );
}

/** A table for each kind of request, and one of memory. */
export function cellTables({ cells, peakMemory }: CellResult): string[] {
  return [
    ...cells.flatMap(({ cell, samples }) => [`### ${describeCell(cell)}`, "", ...rows(samples)]),
    "### Peak memory",
    "",
    ...table(
      ["", "MB"],
      [...peakMemory].map(([name, bytes]) => [name, measured(bytes, megabytes)]),
    ),
  ];
}

function rows(samples: ReadonlyMap<ServerName, Samples>): string[] {
  const streamed = [...samples.values()].flat(2).some(({ firstText }) => !Number.isNaN(firstText));
  return table(
    [
      ...["", "added p50 ms", "added p95 ms", "added p99 ms"],
      ...(streamed ? ["first text p50 ms"] : []),
      ...["requests/s", "CPU µs/request"],
    ],
    [...samples].map(([name, ofServer]) => {
      const isTold = told.includes(name);
      const inAll = (figure: keyof Sample) => measured(figureOf(ofServer, figure));
      const beyond = (figure: keyof Sample) =>
        isTold ? inAll(figure) : measured(added(samples, name, figure));
      return [
        isTold ? `_${name}, in all_` : name,
        ...[beyond("p50"), beyond("p95"), beyond("p99")],
        ...(streamed ? [inAll("firstText")] : []),
        ...[inAll("perSecond"), inAll("cpu")],
      ];
    }),
  );
}
