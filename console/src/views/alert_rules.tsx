import { useSignal } from "@preact/signals";
import type { AlertRule } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import {
  describeBasis,
  describeRule,
  describeThresholds,
  nameOfKind,
} from "../format/describe_alert.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { AlertRuleDialog } from "../switching/alert_rule_dialog.tsx";

/** What alerts are opened for, and from where on. */
export function AlertRules() {
  const { manage, registry } = useServices();
  const open = useSignal<AlertRule | null>(null);
  const { remote, reload } = useRemote(
    String(registry.view?.version ?? 0),
    (signal) => manage("list-alert-rules", {}, signal),
  );
  return (
    <section class="panel" aria-labelledby="alert-rules">
      <h2 id="alert-rules">Rules</h2>
      <RemoteContent remote={remote} what="the rules" onRetry={reload}>
        {({ rules }) => (
          <DataTable
            label="Rules of alerts"
            what="rules"
            class="stacked"
            rows={rules}
            keyOf={({ kind }) => kind}
            columns={columns((rule) => open.value = rule)}
            textOf={({ kind }) => nameOfKind(kind)}
          />
        )}
      </RemoteContent>
      {open.value !== null && (
        <AlertRuleDialog
          rule={open.value}
          onChanged={reload}
          onClose={() => open.value = null}
        />
      )}
    </section>
  );
}

function columns(onChange: (rule: AlertRule) => void): readonly Column<AlertRule>[] {
  return [
    {
      name: "Rule",
      kind: "row",
      class: "wide",
      show: (rule) => (
        <>
          <span class="cell-title">{nameOfKind(rule.kind)}</span>
          {!rule.is_active && <Badge tone="warn">not active</Badge>}
          <span class="muted cell-note">{describeRule(rule)}</span>
        </>
      ),
    },
    { name: "Opens and closes", show: describeThresholds },
    { name: "Looks at", show: describeBasis },
    {
      name: "Actions",
      kind: "actions",
      show: (rule) => (
        <button
          type="button"
          class="button"
          aria-label={`Change the rule ${nameOfKind(rule.kind)}`}
          onClick={() => onChange(rule)}
        >
          Change
        </button>
      ),
    },
  ];
}
