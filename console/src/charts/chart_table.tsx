import { useSignal } from "@preact/signals";
import type { Bucket } from "../api/report_types.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import type { Formatter } from "../format/columns.ts";
import { formatBucket } from "../format/time.ts";
import type { AlignedLines, Line } from "./align_series.ts";
import { describeAnswers } from "./few_answers.ts";

/** The figures of a chart, newest first. Made only when it is opened: there may be hundreds. */
export function ChartTable(
  { title, data, bucket, format, fewest }: {
    title: string;
    data: AlignedLines;
    bucket: Bucket;
    format: Formatter;
    fewest: number;
  },
) {
  const open = useSignal(false);
  const timeOf = (place: number) => formatBucket(data.times[place]!, bucket);
  const columns: Column<number>[] = [
    { name: "Time (UTC)", kind: "row", class: "nowrap", show: timeOf, sortBy: (place) => place },
    ...data.lines.map((line): Column<number> => ({
      name: line.label,
      kind: "number",
      show: (place) => <Figure line={line} place={place} format={format} fewest={fewest} />,
      sortBy: (place) => line.values[place] ?? null,
    })),
  ];
  return (
    <details
      class="chart-table"
      onToggle={(event) => open.value = event.currentTarget.open}
    >
      <summary>Figures as a table</summary>
      {open.value && (
        <DataTable
          label={`${title}, as a table`}
          what={`${bucket}s`}
          rows={data.times.map((_, place) => place).reverse()}
          keyOf={(place) => place}
          columns={columns}
          textOf={timeOf}
          class="compact"
        />
      )}
    </details>
  );
}

/** A value, with the number of answers where it depends on that. */
function Figure(
  { line: { values, counts }, place, format, fewest }: {
    line: Line;
    place: number;
    format: Formatter;
    fewest: number;
  },
) {
  const value = values[place] ?? null;
  const count = counts?.[place] ?? null;
  if (value === null || count === null) return <>{format(value)}</>;
  return (
    <>
      {format(value)}
      <span class="muted cell-note">{describeAnswers(count, fewest)}</span>
    </>
  );
}
