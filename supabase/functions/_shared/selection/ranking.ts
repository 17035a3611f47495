import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { placesNotAllowed } from "../registry/residency.ts";

/**
 * The models of a registry as the rules ask for them; lists are by `priority` and then by
 * `model_id`, in whatever order the rows came.
 */
export interface Ranking {
  readonly byId: ReadonlyMap<string, Model>;
  /** Those whose calls all stay within the allowed geographies. */
  readonly allowed: ReadonlySet<Model>;
  /** Allowed and switched on, retired or not. */
  readonly switchedOn: readonly Model[];
  /** The same by use case. */
  readonly byUseCase: ReadonlyMap<string | null, readonly Model[]>;
  readonly default: Model | undefined;
  /** What may take new conversations. */
  readonly available: readonly Model[];
}

/** A registry never changes, and serves thousands of turns: each is ranked once. */
const rankings = new WeakMap<Registry, Ranking>();

export function rankingOf(registry: Registry): Ranking {
  const known = rankings.get(registry);
  if (known !== undefined) return known;
  const ranking = rank(registry);
  rankings.set(registry, ranking);
  return ranking;
}

function rank(registry: Registry): Ranking {
  const byPriority = [...registry.models].sort((a, b) =>
    a.priority - b.priority || (a.model_id < b.model_id ? -1 : a.model_id > b.model_id ? 1 : 0)
  );
  const { allowed_geographies } = registry.settings;
  const isAllowed = (model: Model) => placesNotAllowed(model, allowed_geographies).length === 0;
  const allowed = new Set(byPriority.filter(isAllowed));
  const switchedOn = byPriority.filter((model) => model.is_available && allowed.has(model));
  return {
    byId: new Map(byPriority.map((model) => [model.model_id, model])),
    allowed,
    switchedOn,
    byUseCase: Map.groupBy(switchedOn, (model) => model.use_case),
    default: switchedOn.find((model) => model.is_default),
    available: switchedOn.filter((model) => model.lifecycle !== "retired"),
  };
}
