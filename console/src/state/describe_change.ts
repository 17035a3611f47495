import { modelState, nameOfModel } from "../format/model_state.ts";
import type { RegistryView } from "./registry.ts";

/** Says in a sentence or more what is different between two versions of the registry. */
export function describeChange(
  before: RegistryView,
  after: RegistryView,
): string {
  const sentences = [
    ...defaultChange(before, after),
    ...modelChanges(before, after),
    ...assistantChanges(before, after),
  ];
  if (sentences.length === 0) sentences.push("The registry was changed.");
  const shown = sentences.length > 3
    ? [...sentences.slice(0, 2), `And ${sentences.length - 2} more changes.`]
    : sentences;
  return shown.join(" ");
}

function defaultChange(before: RegistryView, after: RegistryView): string[] {
  const [former, present] = [before, after].map(({ models }) =>
    models.find((model) => model.is_default)
  );
  if (former?.model_id === present?.model_id) return [];
  return [
    present === undefined
      ? "There is no default any more."
      : `${present.model_name} is now the default.`,
  ];
}

function modelChanges(before: RegistryView, after: RegistryView): string[] {
  return after.models.flatMap((model) => {
    const former = before.models.find((each) => each.model_id === model.model_id);
    if (former === undefined) return [`${model.model_name} was added.`];
    const state = modelState(model);
    if (state === modelState(former)) return [];
    // Told already, as the new default or as what was it before.
    if (model.is_default || (former.is_default && state === "available")) {
      return [];
    }
    return [`${model.model_name} is now ${state}.`];
  });
}

function assistantChanges(before: RegistryView, after: RegistryView): string[] {
  return after.assistants.flatMap((assistant) => {
    const former = before.assistants.find((each) =>
      each.assistant_type === assistant.assistant_type
    );
    if (former === undefined) {
      return [`The assistant ${assistant.name} was added.`];
    }
    if (former.model_version === assistant.model_version) return [];
    return [
      assistant.model_version === null
        ? `${assistant.name} now follows the default.`
        : `${assistant.name} now answers with ${
          nameOfModel(assistant.model_version, after.models)
        }.`,
    ];
  });
}
