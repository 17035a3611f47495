import { useSignal } from "@preact/signals";
import type { ListedModel } from "../api/manage_actions.ts";
import { Choice } from "../components/choice.tsx";
import { retentionNames } from "../format/retention_names.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** What the provider of a model keeps of calls, with the page that says so. */
export function RetentionDialog({ model, onClose }: { model: ListedModel; onClose: () => void }) {
  const { manage, registry } = useServices();
  const { model_id, model_name } = model;
  // As it was when the dialog was opened.
  const before = useSignal({
    retention: model.provider_retention,
    source: model.provider_retention_source ?? "",
    checkedOn: model.provider_retention_checked_on ?? "",
  }).value;
  const values = useSignal({ ...before, checkedOn: new Date().toISOString().slice(0, 10) });
  const { retention, source, checkedOn } = values.value;
  const set = (changes: Partial<typeof before>) => values.value = { ...values.value, ...changes };
  const isUrl = /^https?:\/\/\S+$/.test(source.trim());
  const isChanged = retention !== before.retention || source.trim() !== before.source;
  const request = {
    model_id,
    provider_retention: retention,
    source: source.trim(),
    ...(checkedOn !== "" && { checked_on: checkedOn }),
  };
  return (
    <ChangeDialog
      title={`What the provider of ${model_name} keeps`}
      label="Set what it keeps"
      change={isUrl && isChanged ? { action: "set-provider-retention", ...request } : null}
      valid={isUrl && (isChanged || checkedOn !== before.checkedOn)}
      dirty={isChanged}
      perform={(args) =>
        manage("set-provider-retention", {
          ...request,
          ...(registry.view !== undefined && { expected_version: registry.view.version }),
          ...args,
        })}
      onClose={onClose}
    >
      <Choice
        label="Its provider keeps"
        value={retention}
        options={retentionNames}
        onChoose={(chosen) => set({ retention: chosen })}
      />
      <label>
        Page that says so
        <input
          type="url"
          placeholder="https://"
          value={source}
          onInput={(event) => set({ source: event.currentTarget.value })}
        />
      </label>
      <label>
        Read on
        <input
          type="date"
          value={checkedOn}
          onInput={(event) => set({ checkedOn: event.currentTarget.value })}
        />
      </label>
      <p class="muted field-note" role="status">
        {isUrl
          ? "Assistants that do not allow models whose provider keeps traffic are answered by " +
            "others from the next request on."
          : "The page is a URL that begins with https://."}
      </p>
    </ChangeDialog>
  );
}
