import type { Alert } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { describeAcknowledgement, describeLevel, nameOfKind } from "../format/describe_alert.ts";
import { nothing } from "../format/numbers.ts";
import { formatMoment } from "../format/time.ts";

/** Alerts, open or closed. */
export function AlertTable(
  { label, alerts, people, empty, onAcknowledge }: {
    label: string;
    alerts: readonly Alert[];
    /** The addresses of users, by their ids. */
    people: ReadonlyMap<string, string>;
    empty: string;
    onAcknowledge: (alert: Alert) => void;
  },
) {
  return (
    <DataTable
      label={label}
      what="alerts"
      class="stacked"
      rows={alerts}
      keyOf={({ id }) => id}
      columns={columns(people, onAcknowledge)}
      textOf={({ kind, subject, summary }) => `${nameOfKind(kind)} ${subject} ${summary}`}
      filters={[{ name: "Kind", of: ({ kind }) => nameOfKind(kind) }]}
      empty={empty}
    />
  );
}

function columns(
  people: ReadonlyMap<string, string>,
  onAcknowledge: (alert: Alert) => void,
): readonly Column<Alert>[] {
  return [
    {
      name: "Alert",
      kind: "row",
      class: "wide",
      show: (alert) => {
        const level = describeLevel(alert);
        return (
          <>
            <span class="cell-title">{nameOfKind(alert.kind)}</span>
            {level !== null && <Badge tone={level.tone}>{level.text}</Badge>}
            <span class="cell-note">{alert.summary}</span>
          </>
        );
      },
      sortBy: ({ kind }) => nameOfKind(kind),
    },
    {
      name: "Opened",
      show: ({ opened_at }) => formatMoment(opened_at),
      sortBy: ({ opened_at }) => opened_at,
    },
    {
      name: "Closed",
      show: ({ closed_at: end }) =>
        end === null ? <Badge tone="warn">open</Badge> : formatMoment(end),
      sortBy: ({ closed_at }) => closed_at,
    },
    {
      name: "Acknowledged",
      show: (alert) => (
        <>
          {describeAcknowledgement(alert, people) ?? nothing}
          {alert.acknowledged_at !== null && (
            <span class="muted cell-note">{formatMoment(alert.acknowledged_at)}</span>
          )}
        </>
      ),
    },
    {
      name: "Actions",
      kind: "actions",
      show: (alert) =>
        alert.closed_at === null && alert.acknowledged_at === null && (
          <button
            type="button"
            class="button"
            aria-label={`Acknowledge ${nameOfKind(alert.kind)}: ${alert.summary}`}
            onClick={() => onAcknowledge(alert)}
          >
            Acknowledge
          </button>
        ),
    },
  ];
}
