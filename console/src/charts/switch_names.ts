import { nameOfModel } from "../format/model_state.ts";
import type { RegistryView } from "../state/registry.ts";
import type { SwitchNames } from "./switch_marks.ts";

/** The names that the registry knows; ids and types where it is not loaded or knows none. */
export function switchNames(view: RegistryView | undefined): SwitchNames {
  return {
    model: (id) => nameOfModel(id, view?.models ?? []),
    assistant: (type) =>
      view?.assistants.find((each) => each.assistant_type === type)?.name ??
        type,
  };
}
