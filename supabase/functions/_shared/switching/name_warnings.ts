import { listModels } from "../registry/list_models.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { isAvailableToAny as isAvailable } from "../selection/available_models.ts";

/** What becomes of calls that name a model by an alias. */
export function nameWarnings(before: Registry, after: Registry): string[] {
  const names = before.models.flatMap((model) =>
    model.aliases.map((alias) => ({ alias, model, now: modelNamed(after, alias) }))
  );
  const gone = names.filter(({ now }) => now === undefined).map(({ alias }) => alias);
  const refused = names.filter(({ model, now }) =>
    now?.model_id === model.model_id && isAvailable(model, before) && !isAvailable(now, after)
  ).map(({ alias }) => alias);
  return [
    ...listed("Calls for these names are refused, as they mean no model any more", gone),
    ...listed("Calls for these names are refused, as their model takes no new ones", refused),
    ...names.flatMap(({ alias, model, now }) =>
      now === undefined || now.model_id === model.model_id
        ? []
        : `${alias} is a name of ${now.model_id} now, instead of ${model.model_id}.`
    ),
    ...after.assistants.flatMap(({ assistant_type: type, allowed_models: allowed }) =>
      listed(
        `${type}: its allowed_models have names that mean no model any more`,
        gone.filter((alias) => allowed?.includes(alias)),
      )
    ),
  ];
}

function modelNamed({ models }: Registry, alias: string): Model | undefined {
  return models.find(({ aliases }) => aliases.includes(alias));
}

function listed(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${listModels(names)}.`];
}
