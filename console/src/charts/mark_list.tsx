import { formatMoment } from "../format/time.ts";
import type { SwitchMark } from "./switch_marks.ts";

/** What the marks on the time axis are. */
export function MarkList({ marks }: { marks: readonly SwitchMark[] }) {
  if (marks.length === 0) {
    return <p class="muted chart-note">No switch in this time.</p>;
  }
  return (
    <details class="marks" open={marks.length <= 4}>
      <summary>
        {marks.length === 1 ? "1 switch" : `${marks.length} switches`}
      </summary>
      <ol>
        {marks.map(({ number, text, createdAt }) => (
          <li key={number} value={number}>
            {text} <span class="muted nowrap">{formatMoment(createdAt)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
