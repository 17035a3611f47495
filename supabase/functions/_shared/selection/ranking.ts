import type { Model } from "../registry/model.ts";
import { hasObstacle, type ObstacleReason } from "../registry/model_usability.ts";
import type { Registry } from "../registry/registry.ts";

/**
 * The models of a registry as the rules ask for them. Lists are by `priority` and then by
 * `model_id`, independent of the order of the rows.
 */
export interface Ranking {
  readonly byId: ReadonlyMap<string, Model>;
  readonly byAlias: ReadonlyMap<string, Model>;
  /** Those whose calls all stay within the allowed geographies. */
  readonly allowed: ReadonlySet<Model>;
  /** The enabled ones, whether or not they can answer. */
  readonly byUseCase: ReadonlyMap<string | null, readonly Model[]>;
  /** The default, whether or not it can answer. */
  readonly default: Model | undefined;
  /** The default's canary, whether or not it can answer. */
  readonly canary: Model | undefined;
  /** Those that may take new conversations. */
  readonly available: readonly Model[];
  readonly takesConversations: ReadonlySet<Model>;
}

/** A registry is immutable and serves thousands of turns, so each is ranked once. */
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
  const without = (models: readonly Model[], reason: ObstacleReason) =>
    models.filter((model) => !hasObstacle(reason, model, allowed_geographies));
  const enabled = without(byPriority, "disabled");
  const available = without(without(enabled, "outside_geographies"), "retired");
  return {
    byId: new Map(byPriority.map((model) => [model.model_id, model])),
    byAlias: new Map(
      byPriority.flatMap((model) => model.aliases.map((alias) => [alias, model] as const)),
    ),
    allowed: new Set(without(byPriority, "outside_geographies")),
    byUseCase: Map.groupBy(enabled, (model) => model.use_case),
    default: enabled.find((model) => model.is_default),
    canary: enabled.find((model) => model.canary_share !== null),
    available,
    takesConversations: new Set(available),
  };
}
