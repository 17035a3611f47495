import { useSignal } from "@preact/signals";
import type { Bucket } from "../api/report_types.ts";
import { ScrollTable } from "../components/scroll_table.tsx";
import { formatBucket } from "../format/time.ts";
import type { AlignedLines } from "./align_series.ts";

/** The figures of a chart, newest first. Made only when it is opened: there may be hundreds. */
export function ChartTable(
  { title, data, bucket, format }: {
    title: string;
    data: AlignedLines;
    bucket: Bucket;
    format: (value: number | null) => string;
  },
) {
  const open = useSignal(false);
  const places = data.times.map((_, index) => index).reverse();
  return (
    <details
      class="chart-table"
      onToggle={(event) => open.value = event.currentTarget.open}
    >
      <summary>Figures as a table</summary>
      {open.value && (
        <ScrollTable label={`${title}, as a table`} class="compact">
          <thead>
            <tr>
              <th scope="col">Time (UTC)</th>
              {data.lines.map((line) => (
                <th scope="col" class="number" key={line.key}>{line.label}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {places.map((place) => (
              <tr key={place}>
                <th scope="row" class="nowrap">
                  {formatBucket(data.times[place]!, bucket)}
                </th>
                {data.lines.map((line) => (
                  <td class="number" key={line.key}>
                    {format(line.values[place] ?? null)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      )}
    </details>
  );
}
