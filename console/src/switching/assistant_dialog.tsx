import { useSignal } from "@preact/signals";
import { toApiError } from "../api/api_error.ts";
import type { ListedAssistant } from "../api/manage_actions.ts";
import { modelOrDefault } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { AssistantFields } from "./assistant_fields.tsx";
import { assistantValues, changedFields, newAssistant, problemOf } from "./assistant_form.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import type { Perform } from "./use_change.ts";

/** Changes an assistant's name, prompt, settings and fallbacks, or adds an assistant. */
export function AssistantDialog(
  { assistant, view, onClose }: {
    /** Null: a new one. */
    assistant: ListedAssistant | null;
    view: RegistryView;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const version = useSignal(view.version);
  // What it was when the dialog was opened: what is entered is a change of that.
  const before = useSignal(assistant === null ? newAssistant : assistantValues(assistant)).value;
  const values = useSignal(before);
  const present = useSignal(before);
  const fields = changedFields(before, values.value, present.value);
  const isChanged = Object.keys(fields).length > 0 || values.value.assistant_type !==
      before.assistant_type;
  const type = values.value.assistant_type;
  const create: Perform = (args) =>
    manage("create-assistant", {
      ...fields,
      assistant_type: type,
      name: values.value.name.trim(),
      ...args,
    });
  const save: Perform = async (args) => {
    try {
      return await manage("set-assistant", {
        ...fields,
        assistant_type: type,
        expected_version: version.value,
        ...args,
      });
    } catch (failure) {
      // Who has read that somebody else changed it may save all the same: only these fields.
      if (toApiError(failure).code === "registry_changed") {
        const { assistants, registry_version } = await manage("list-assistants", {});
        const row = assistants.find((each) => each.assistant_type === type);
        if (row !== undefined) present.value = assistantValues(row);
        version.value = registry_version;
      }
      throw failure;
    }
  };
  return (
    <ChangeDialog
      title={assistant === null ? "New assistant" : `Edit ${assistant.name}`}
      label={assistant === null ? "Add it" : "Save"}
      change={null}
      proposes={assistant === null
        ? null
        : { action: "set-assistant", assistant_type: type, ...fields }}
      valid={isChanged && problemOf(values.value) === null}
      dirty={isChanged}
      perform={(args) => assistant === null ? create(args) : save(args)}
      onClose={onClose}
    >
      <AssistantFields
        values={values}
        model={modelOrDefault(assistant?.model_version ?? null, view.models)}
        models={view.models}
        isNew={assistant === null}
      />
    </ChangeDialog>
  );
}
