import { useSignal } from "@preact/signals";
import type { Change, ListedModel } from "../api/manage_actions.ts";
import { Choice } from "../components/choice.tsx";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { addressOf } from "../state/route.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { newRollout, problemOfRollout, rolloutArgs, type RolloutValues } from "./rollout_form.ts";

/** Gives a model a share, once it was shown what that would do and a call of it succeeded. */
export function RolloutDialog(
  { model: { model_id, model_name }, view, onClose }: {
    model: ListedModel;
    view: RegistryView;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const values = useSignal(newRollout);
  const args = rolloutArgs(values.value);
  const change: Change | null = args === null
    ? null
    : { action: "start-rollout", model_id, ...args };
  return (
    <ChangeDialog
      title={`Roll out ${model_name}`}
      label="Probe and start"
      change={change}
      valid={args !== null}
      dirty={values.value !== newRollout}
      perform={async (more) => {
        if (args === null) throw new Error("The rollout cannot be started as it was entered.");
        const { message, warnings } = await manage("start-rollout", {
          model_id,
          ...args,
          ...more,
          expected_version: view.version,
        });
        return { message, warnings };
      }}
      next={<a class="button" href={addressOf("rollouts")} onClick={onClose}>See the rollout</a>}
      onClose={onClose}
    >
      <p>
        A share of new conversations and calls goes to it, at the same time as the rest stays. A
        conversation keeps its model. If it is found worse, the share goes back by itself.
      </p>
      <RolloutFields
        values={values.value}
        view={view}
        onChange={(changes) => values.value = { ...values.value, ...changes }}
      />
    </ChangeDialog>
  );
}

function RolloutFields(
  { values, view, onChange }: {
    values: RolloutValues;
    view: RegistryView;
    onChange: (changes: Partial<RolloutValues>) => void;
  },
) {
  const number = (label: string, name: keyof RolloutValues) => (
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
  const assistants = view.assistants.map(({ assistant_type: type, name }) => [type, name]);
  return (
    <>
      <Choice
        label="In place of the model of"
        value={values.assistant_type}
        options={{ "": "the default", ...Object.fromEntries(assistants) }}
        onChoose={(assistant_type) => onChange({ assistant_type })}
      />
      {number("Share, in percent", "share")}
      <fieldset class="fields">
        <legend>Tolerated, compared with that model</legend>
        {number("More errors, in percentage points", "error_points")}
        {number("Times as long", "latency_ratio")}
        {number("Times as dear", "cost_ratio")}
      </fieldset>
      <Choice
        label="Once proven not worse"
        value={values.on_verdict}
        options={{ hold: "wait for an operator", promote: "promote it" }}
        onChoose={(on_verdict) => onChange({ on_verdict })}
      />
      <p class="muted field-note" role="status">
        {problemOfRollout(values) ?? "Beyond what is tolerated it is worse. No time promotes it."}
      </p>
    </>
  );
}
