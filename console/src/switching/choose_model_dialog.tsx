import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { ListedAssistant, Model } from "../api/manage_actions.ts";
import { Dialog } from "../components/dialog.tsx";
import { formatPrice } from "../format/money.ts";
import type { RegistryView } from "../state/registry.ts";

/** Chooses the model that an assistant is to have. */
export function ChooseModelDialog(
  { assistant, suggested = null, view, onChoose, onClose }: {
    assistant: ListedAssistant;
    /** Chosen at first, such as a successor. */
    suggested?: Model | null;
    view: RegistryView;
    onChoose: (model: Model | null) => void;
    onClose: () => void;
  },
) {
  const chosen = useSignal(suggested?.model_id ?? assistant.model_version ?? "");
  const formId = useId();
  const standard = view.models.find((model) => model.is_default);
  const available = view.models.filter((model) =>
    model.is_available || model.model_id === assistant.model_version ||
    model.model_id === suggested?.model_id
  );
  const shown = view.models.find(({ model_id }) => model_id === chosen.value) ?? standard;
  const unchanged = chosen.value === (assistant.model_version ?? "");
  return (
    <Dialog
      title={`Model of ${assistant.name}`}
      step="choose"
      busy={false}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button
            type="submit"
            form={formId}
            class="button button-primary"
            disabled={unchanged}
          >
            Continue
          </button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          onChoose(
            view.models.find((model) => model.model_id === chosen.value) ??
              null,
          );
        }}
      >
        <label>
          Answers with
          <select
            value={chosen.value}
            onChange={(event) => chosen.value = event.currentTarget.value}
          >
            <option value="">
              The default{standard === undefined ? "" : `, now ${standard.model_name}`}
            </option>
            {available.map((model) => (
              <option key={model.model_id} value={model.model_id}>
                {model.model_name}, {formatPrice(model.input_cost_per_mtok)} /{" "}
                {formatPrice(model.output_cost_per_mtok)}
              </option>
            ))}
          </select>
        </label>
        {shown !== undefined && <p class="muted" role="status">It accepts {shown.accepts}.</p>}
        <p class="muted">
          A model is called before it is assigned. Prices are per million tokens in / out.
        </p>
      </form>
    </Dialog>
  );
}
