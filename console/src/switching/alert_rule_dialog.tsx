import { useSignal } from "@preact/signals";
import type { AlertKind } from "../../../supabase/functions/_shared/alerts/alert.ts";
import type { AlertRule } from "../api/manage_actions.ts";
import { describeRule, nameOfKind, unitOfKind } from "../format/describe_alert.ts";
import { useServices } from "../services.ts";
import { changedRule, problemOfRule, type RuleValues, ruleValues } from "./alert_rule_form.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { undoUnlessChanged } from "./late_undo.ts";

/** Changes from where on a rule opens alerts, or whether it does. */
export function AlertRuleDialog(
  { rule, onChanged, onClose }: {
    rule: AlertRule;
    onChanged: () => void;
    onClose: () => void;
  },
) {
  const services = useServices();
  const kind = rule.kind as AlertKind;
  const before = useSignal(ruleValues(rule)).value;
  const values = useSignal(before);
  const changed = changedRule(before, values.value);
  const isChanged = Object.keys(changed).length > 0;
  const problem = problemOfRule(values.value, kind);
  const set = async (fields: typeof changed, args: { reason?: string } = {}) => {
    const answer = await services.manage("set-alert-rule", { kind, ...fields, ...args });
    onChanged();
    return answer;
  };
  return (
    <ChangeDialog
      title={`Rule: ${nameOfKind(kind)}`}
      label="Save"
      change={null}
      valid={isChanged && problem === null}
      dirty={isChanged}
      perform={async (args) => {
        const { message, registry_version: version } = await set(changed, args);
        return {
          message,
          undo: undoUnlessChanged(
            services,
            { action: "set-alert-rule", version },
            () => set(changedRule(values.value, before)),
          ),
        };
      }}
      onClose={onClose}
    >
      <p>{describeRule(rule)}</p>
      <RuleFields
        values={values.value}
        kind={kind}
        onChange={(changes) => values.value = { ...values.value, ...changes }}
      />
      <p class="muted field-note" role="status">{problem ?? "It applies with the next tick."}</p>
    </ChangeDialog>
  );
}

function RuleFields(
  { values, kind, onChange }: {
    values: RuleValues;
    kind: AlertKind;
    onChange: (changes: Partial<RuleValues>) => void;
  },
) {
  const unit = unitOfKind(kind);
  // Days count down to the end of a model.
  const closes = kind === "lifecycle_near" ? "above" : "below";
  const field = (label: string, name: Exclude<keyof RuleValues, "is_active">) =>
    values[name] !== null && (
      <label>
        {label}
        <input
          type="text"
          inputMode="decimal"
          autocomplete="off"
          value={values[name]}
          onInput={(event) => onChange({ [name]: event.currentTarget.value })}
        />
      </label>
    );
  return (
    <>
      <div class="fields">
        {field(`Opens at, in ${unit}`, "open_at")}
        {field(`Closes ${closes}, in ${unit}`, "close_at")}
        {field("Looks back, in minutes", "window_minutes")}
        {field("Fewest answers", "least_count")}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={values.is_active}
          onChange={(event) => onChange({ is_active: event.currentTarget.checked })}
        />
        Active: it opens alerts
      </label>
    </>
  );
}
