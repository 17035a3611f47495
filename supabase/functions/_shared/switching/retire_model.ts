import type { Assistant } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";

/** What compares two models ends where one of them goes. */
const noRollout = { canary_share: null, rollout_id: null } as const;

/**
 * The registry as `retire_model()` leaves it, which a test compares: the successor in the model's
 * place everywhere, and its aliases.
 *
 * @param successor Null: the model is retired, and what names it stays.
 */
export function retireModel(registry: Registry, model: Model, successor: Model | null): Registry {
  if (successor === null) {
    return {
      ...registry,
      models: registry.models.map((each) =>
        each === model ? { ...each, ...noRollout, lifecycle: "retired", is_available: false } : each
      ),
      assistants: registry.assistants.map((each) => withoutCanary(each, model)),
    };
  }
  return {
    ...registry,
    models: registry.models.map((each) => retiredRow(each, model, successor)),
    assistants: registry.assistants.map((each) =>
      withSuccessor(withoutCanary(each, model), model.model_id, successor.model_id)
    ),
  };
}

function retiredRow(row: Model, model: Model, successor: Model): Model {
  if (row === model) {
    return {
      ...row,
      ...noRollout,
      lifecycle: "retired",
      is_available: false,
      is_default: false,
      aliases: [],
      successor_model_id: successor.model_id,
    };
  }
  const isSuccessor = row === successor;
  return {
    ...row,
    ...model.is_default && noRollout,
    ...isSuccessor && {
      is_default: row.is_default || model.is_default,
      aliases: [...row.aliases, ...model.aliases],
    },
    ...row.successor_model_id === model.model_id && {
      // None is its own.
      successor_model_id: isSuccessor ? null : successor.model_id,
    },
  };
}

function withoutCanary(assistant: Assistant, model: Model): Assistant {
  const { model_version, canary_model_id } = assistant;
  const isCompared = canary_model_id === model.model_id || model_version === model.model_id ||
    model_version === null && model.is_default;
  return isCompared ? { ...assistant, ...noRollout, canary_model_id: null } : assistant;
}

function withSuccessor(assistant: Assistant, former: string, successor: string): Assistant {
  const { model_version, fallback_models, allowed_models } = assistant;
  return {
    ...assistant,
    model_version: model_version === former ? successor : model_version,
    fallback_models: replacedIn(fallback_models, former, successor),
    allowed_models: replacedIn(allowed_models, former, successor),
  };
}

function replacedIn<List extends readonly string[] | null>(
  list: List,
  former: string,
  successor: string,
): string[] | List {
  if (!list?.includes(former)) return list;
  return [...new Set(list.map((name) => name === former ? successor : name))];
}
