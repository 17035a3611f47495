import type { PerformanceRow } from "../api/report_types.ts";
import { ScrollTable } from "../components/scroll_table.tsx";
import { formatCount, formatMs, formatPercent } from "../format/numbers.ts";
import { useGroupLabel } from "./grouping.tsx";

/** The response times of each model over the whole range. */
export function LatencyTable({ rows }: { rows: readonly PerformanceRow[] }) {
  const labelOf = useGroupLabel("model");
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="by-model">
      <h2 id="by-model">By model</h2>
      <ScrollTable label="Response times by model">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" class="number">Answers</th>
            <th scope="col" class="number">Errors</th>
            <th scope="col" class="number">Mean</th>
            <th scope="col" class="number">Std dev</th>
            <th scope="col" class="number">p50</th>
            <th scope="col" class="number">p95</th>
            <th scope="col" class="number">p99</th>
            <th scope="col" class="number">First token p50</th>
            <th scope="col" class="number">First token p95</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.model_id}>
              <th scope="row">{labelOf(row.model_id ?? "")}</th>
              <td class="number">{formatCount(row.answers)}</td>
              <td class="number">
                {formatCount(row.errors)}
                <span class="muted cell-note">
                  {formatPercent(share(row.errors, row.answers + row.errors))}
                </span>
              </td>
              <td class="number">{formatMs(row.mean_ms)}</td>
              <td class="number">{formatMs(row.stddev_ms)}</td>
              <td class="number">{formatMs(row.p50_ms)}</td>
              <td class="number">{formatMs(row.p95_ms)}</td>
              <td class="number">{formatMs(row.p99_ms)}</td>
              <td class="number">{formatMs(row.ttft_p50_ms)}</td>
              <td class="number">{formatMs(row.ttft_p95_ms)}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </section>
  );
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
