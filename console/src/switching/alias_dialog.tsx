import { useSignal } from "@preact/signals";
import type { ListedModel } from "../api/manage_actions.ts";
import { Notice } from "../components/notice.tsx";
import { useServices } from "../services.ts";
import { problemOfAliases, readAliases } from "./alias_form.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** The names of a model besides its id, which clients of the endpoints can use. */
export function AliasDialog({ model, onClose }: { model: ListedModel; onClose: () => void }) {
  const { manage, registry } = useServices();
  const { model_id, model_name } = model;
  // As they were when the dialog was opened.
  const before = useSignal(model.aliases.join("\n")).value;
  const text = useSignal(before);
  const aliases = readAliases(text.value);
  const problem = problemOfAliases(aliases);
  const isChanged = aliases.join("\n") !== before;
  const present = registry.view?.models.find((each) => each.model_id === model_id)?.aliases ?? [];
  return (
    <ChangeDialog
      title={`Aliases of ${model_name}`}
      label="Set the aliases"
      change={null}
      valid={problem === null && isChanged}
      dirty={isChanged}
      perform={(args) =>
        manage("set-aliases", {
          model_id,
          aliases: [...aliases],
          // Of the page, which shows below what became of them meanwhile.
          ...(registry.view !== undefined && { expected_version: registry.view.version }),
          ...args,
        })}
      onClose={onClose}
    >
      <label>
        Aliases
        <textarea
          rows={4}
          spellcheck={false}
          autocapitalize="off"
          value={text.value}
          onInput={(event) => text.value = event.currentTarget.value}
        />
      </label>
      <p class="muted field-note" role="status">
        {problem ??
          "One a line. A client names the model by one of them; each means one model only. Some " +
            "clients list only names that begin with claude."}
      </p>
      {present.join("\n") !== before && (
        <Notice tone="warn" title="Another operator has changed them meanwhile.">
          <p>They are now: {present.join(", ") || "none"}. What is set here replaces them.</p>
        </Notice>
      )}
    </ChangeDialog>
  );
}
