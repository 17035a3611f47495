import type { LatencyFigure, PerformanceRow } from "../api/report_types.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { formatCount, formatMs, formatPercent } from "../format/numbers.ts";
import { useGroupLabel } from "./grouping.tsx";

/** The response times of each model over the whole range. */
export function LatencyTable({ rows }: { rows: readonly PerformanceRow[] }) {
  const labelOf = useGroupLabel("model");
  if (rows.length === 0) return null;
  const modelOf = (row: PerformanceRow) => labelOf(row.model_id ?? "");
  const columns: Column<PerformanceRow>[] = [
    { name: "Model", kind: "row", show: modelOf, sortBy: modelOf },
    {
      name: "Answers",
      kind: "number",
      show: ({ answers }) => formatCount(answers),
      sortBy: ({ answers }) => answers,
    },
    {
      name: "Errors",
      kind: "number",
      show: (row) => (
        <>
          {formatCount(row.errors)}
          <span class="muted cell-note">{formatPercent(errorShare(row))}</span>
        </>
      ),
      sortBy: errorShare,
    },
    time("Mean", "mean_ms"),
    time("Std dev", "stddev_ms"),
    time("p50", "p50_ms"),
    time("p95", "p95_ms"),
    time("p99", "p99_ms"),
    time("First token p50", "ttft_p50_ms"),
    time("First token p95", "ttft_p95_ms"),
  ];
  return (
    <section class="panel" aria-labelledby="by-model">
      <h2 id="by-model">By model</h2>
      <DataTable
        label="Response times by model"
        what="models"
        rows={rows}
        keyOf={(row) => row.model_id ?? ""}
        columns={columns}
        textOf={modelOf}
      />
    </section>
  );
}

function time(name: string, figure: LatencyFigure): Column<PerformanceRow> {
  return {
    name,
    kind: "number",
    show: (row) => formatMs(row[figure]),
    sortBy: (row) => row[figure],
  };
}

function errorShare({ answers, errors }: PerformanceRow): number | null {
  return answers + errors === 0 ? null : errors / (answers + errors);
}
