import type { ModelSwitch } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { describeWay, type EntryDescription, isRolledBack } from "../format/describe_entry.ts";
import { describeApproval } from "../format/describe_proposal.ts";
import { nothing } from "../format/numbers.ts";
import { formatMoment } from "../format/time.ts";

/** An entry of the audit log. */
export function AuditRow(
  { entry, description: { what, details }, actor, onRollBack }: {
    entry: ModelSwitch;
    description: EntryDescription;
    actor: string;
    onRollBack: () => void;
  },
) {
  return (
    <tr>
      <td data-label="When" class="nowrap">
        <time dateTime={entry.created_at}>
          {formatMoment(entry.created_at)}
        </time>
        <span class="muted cell-note">version {entry.registry_version}</span>
      </td>
      <th scope="row">
        <span class="cell-title">{what}</span>
        {details.map((text) => <span class="cell-note" key={text}>{text}</span>)}
        <span class="muted cell-note">
          entry {entry.id}
          {entry.rollback_of !== null &&
            `, rollback to before ${entry.rollback_of}`}
          {entry.is_seeded && ", generated: nothing to take back"}
        </span>
        {entry.approval !== null && <span class="cell-note">{describeApproval(entry)}</span>}
      </th>
      <td data-label="Reason" class={entry.reason === null ? "values blank" : "values"}>
        {entry.reason ?? nothing}
      </td>
      <td data-label="By">
        {actor}
        <span class="muted cell-note">
          {describeWay(entry)}
        </span>
      </td>
      <td data-label="Probe" class={entry.probe === null ? "blank" : undefined}>
        <Probe probe={entry.probe} />
      </td>
      <td class="actions">
        {isRolledBack(entry) && (
          <button
            type="button"
            class="button"
            aria-label={`Roll back to before entry ${entry.id}, ${what}`}
            onClick={onRollBack}
          >
            Roll back
          </button>
        )}
      </td>
    </tr>
  );
}

function Probe({ probe }: { probe: ModelSwitch["probe"] }) {
  switch (probe) {
    case null:
      return <>{nothing}</>;
    case "passed":
      return <>passed</>;
    case "skipped":
      return <Badge tone="warn">skipped</Badge>;
    default:
      return probe satisfies never;
  }
}
