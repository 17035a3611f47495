import { useSignal } from "@preact/signals";
import { Choice } from "../components/choice.tsx";
import { dialectNames } from "../format/describe_key.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { keyArgs, newKey, problemOfKey } from "./key_form.ts";
import { type Made, MadeKey } from "./made_key.tsx";
import { ModelListEditor } from "./model_list_editor.tsx";

/** Creates an API key, and shows it this once. */
export function KeyDialog(
  { view, onClose }: {
    view: RegistryView;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const values = useSignal(newKey);
  const made = useSignal<Made | null>(null);
  const set = (changes: Partial<typeof newKey>) => values.value = { ...values.value, ...changes };
  const { name, assistant_type, models, dialects, expires } = values.value;
  const problem = problemOfKey(values.value, Date.now());
  return (
    <ChangeDialog
      title="New API key"
      label="Create the key"
      change={null}
      valid={problem === null}
      dirty={values.value !== newKey}
      perform={async (args) => {
        const answer = await manage("create-api-key", { ...keyArgs(values.value), ...args });
        made.value = answer;
        return { ...answer, undo: null };
      }}
      shownOnce={made.value === null ? null : <MadeKey made={made.value} />}
      onClose={onClose}
    >
      <label>
        Name
        <input
          type="text"
          autocomplete="off"
          maxLength={100}
          placeholder="who or what calls with it"
          value={name}
          onInput={(event) => set({ name: event.currentTarget.value })}
        />
      </label>
      <div class="fields">
        <label>
          Assistant
          <select
            value={assistant_type}
            onChange={(event) => set({ assistant_type: event.currentTarget.value })}
          >
            <option value="">any, or none</option>
            {view.assistants.map((each) => (
              <option key={each.assistant_type} value={each.assistant_type}>{each.name}</option>
            ))}
          </select>
        </label>
        <label>
          Expires, in UTC
          <input
            type="datetime-local"
            value={expires}
            onInput={(event) => set({ expires: event.currentTarget.value })}
          />
        </label>
        <p class="muted field-note">
          A key with an assistant is answered as that one: with its prompt, settings, fallbacks and
          guardrail. Without a time it does not expire.
        </p>
      </div>
      <ModelListEditor
        legend="Models that may answer, as fallbacks too"
        label="Models"
        modes={{ any: "all", listed: "these models" }}
        value={models}
        models={view.models}
        aliases
        onChange={(chosen) => set({ models: chosen })}
      />
      <Choice
        label="Endpoints"
        value={dialects}
        options={{ both: "both", ...dialectNames }}
        onChoose={(chosen) => set({ dialects: chosen })}
      />
      <p class="muted field-note" role="status">
        {problem ?? "The key is shown once, after this. It works with the next request."}
      </p>
    </ChangeDialog>
  );
}
