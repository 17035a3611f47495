import type { LatencyFigure, PerformanceRow } from "../api/report_types.ts";
import { describeAnswers, fewestOf } from "../charts/few_answers.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { msColumn, percentColumn } from "../format/columns.ts";
import { formatCount } from "../format/numbers.ts";
import { useGroupLabel } from "./grouping.tsx";

/** The response times of each model over the whole range. */
export function LatencyTable({ rows }: { rows: readonly PerformanceRow[] }) {
  const labelOf = useGroupLabel("model");
  if (rows.length === 0) return null;
  const modelOf = (row: PerformanceRow) => labelOf(row.model_id ?? "");
  const percent = percentColumn(rows.map(errorShare));
  const time = (name: string, figure: LatencyFigure, percentile = 0.5) =>
    timeColumn(rows, name, figure, fewestOf(percentile));
  const columns: Column<PerformanceRow>[] = [
    {
      name: "Model",
      kind: "row",
      show: (row) => <span class="cell-title">{modelOf(row)}</span>,
      sortBy: modelOf,
    },
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
          <span class="muted cell-note">{percent(errorShare(row))}</span>
        </>
      ),
      sortBy: errorShare,
    },
    time("Mean", "mean_ms"),
    time("Std dev", "stddev_ms"),
    time("p50", "p50_ms"),
    time("p95", "p95_ms", 0.95),
    time("p99", "p99_ms", 0.99),
    time("First token p50", "ttft_p50_ms"),
    time("First token p95", "ttft_p95_ms", 0.95),
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
        class="stacked"
        textOf={modelOf}
      />
    </section>
  );
}

/** Times in one unit; a figure that rests on too few answers says so. */
function timeColumn(
  rows: readonly PerformanceRow[],
  name: string,
  figure: LatencyFigure,
  fewest: number,
): Column<PerformanceRow> {
  const format = msColumn(rows.map((row) => row[figure]));
  return {
    name,
    kind: "number",
    show: (row) => (
      <>
        {format(row[figure])}
        {row[figure] !== null && row.answers < fewest && (
          <span class="muted cell-note">{describeAnswers(row.answers, fewest)}</span>
        )}
      </>
    ),
    sortBy: (row) => row[figure],
  };
}

function errorShare({ answers, errors }: PerformanceRow): number | null {
  return answers + errors === 0 ? null : errors / (answers + errors);
}
