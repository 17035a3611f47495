import { useSignal } from "@preact/signals";
import type { ListedModel, Model } from "../api/manage_actions.ts";
import type { RegistryView } from "../state/registry.ts";
import { ChooseModelDialog } from "./choose_model_dialog.tsx";
import { SwitchDialog } from "./switch_dialog.tsx";

/** Puts another model, its successor where one is known, in the place of a model in use. */
export function ReplaceDialog(
  { model, view, onClose }: { model: ListedModel; view: RegistryView; onClose: () => void },
) {
  const successor = view.models.find(({ model_id }) => model_id === model.successor_model_id);
  const chosen = useSignal<Model | null | undefined>(undefined);
  // Which assistant it is about stays, also once the assistant has another model.
  const assistant =
    useSignal(view.assistants.find(({ model_version: id }) => id === model.model_id)).value;
  if (model.is_default && successor !== undefined) {
    return (
      <SwitchDialog intent={{ kind: "default", model: successor }} view={view} onClose={onClose} />
    );
  }
  if (assistant === undefined) return null;
  if (chosen.value === undefined) {
    return (
      <ChooseModelDialog
        assistant={assistant}
        suggested={successor ?? null}
        view={view}
        onChoose={(choice) => chosen.value = choice}
        onClose={onClose}
      />
    );
  }
  return (
    <SwitchDialog
      intent={{ kind: "assign", assistant, model: chosen.value }}
      view={view}
      onClose={onClose}
    />
  );
}
