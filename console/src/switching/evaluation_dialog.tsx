import { useSignal } from "@preact/signals";
import { type ReadResult, readResult } from "../format/read_result.ts";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** Attaches a result file of promptfoo. The file says which model and assistant it is of. */
export function EvaluationDialog(
  { view, onAttached, onClose }: {
    view: RegistryView;
    onAttached: () => void;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  /** Undefined: no file is chosen; null: another kind of file. */
  const read = useSignal<ReadResult | null | undefined>(undefined);
  const chosen = read.value ?? null;
  return (
    <ChangeDialog
      title="Attach an evaluation"
      label="Attach it"
      change={null}
      valid={chosen !== null}
      dirty={chosen !== null}
      perform={async (args) => {
        if (chosen === null) throw new Error("There is no result to attach.");
        const { message } = await manage("attach-evaluation", { ...chosen, ...args });
        onAttached();
        // Evidence is not taken back.
        return { message, undo: null };
      }}
      onClose={onClose}
    >
      <label>
        Result file
        <input
          type="file"
          accept="application/json,.json"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            read.value = undefined;
            file?.text().then((text) => read.value = readResult(text));
          }}
        />
      </label>
      <p class={read.value === null ? "" : "muted"} role="status">
        {describe(read.value, view)}
      </p>
    </ChangeDialog>
  );
}

function describe(read: ReadResult | null | undefined, view: RegistryView): string {
  if (read === undefined) {
    return "What promptfoo eval -o result.json wrote. Only figures are stored.";
  }
  if (read === null) {
    return "This is no result of promptfoo for the provider openai:chat:assistant/<type>/<model id>.";
  }
  return `${nameOfModel(read.model_id, view.models)} with the prompt of ${read.assistant_type}.`;
}
