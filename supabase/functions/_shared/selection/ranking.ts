import type { Model } from "../registry/model.ts";
import { hasObstacle, type ObstacleReason } from "../registry/model_usability.ts";
import { type ModelUse, useFor, useForAny } from "../registry/model_use.ts";
import type { Registry } from "../registry/registry.ts";

/**
 * The models of a registry as the rules ask for them. Lists are by `priority` and then by
 * `model_id`, independent of the order of the rows.
 */
export interface Ranking {
  readonly byId: ReadonlyMap<string, Model>;
  readonly byAlias: ReadonlyMap<string, Model>;
  /** The enabled ones, whether or not they can answer. */
  readonly byUseCase: ReadonlyMap<string | null, readonly Model[]>;
  /** The default, whether or not it can answer. */
  readonly default: Model | undefined;
  /** The default's canary, whether or not it can answer. */
  readonly canary: Model | undefined;
  /** Those that may be used where their providers may keep traffic, and where not. */
  readonly usable: Readonly<Record<"withRetention" | "withoutRetention", UsableModels>>;
}

/** The models that may be used for something, by `priority` and then by `model_id`. */
export interface UsableModels {
  /** Those that may be called at all, available or not. */
  readonly allowed: ReadonlySet<Model>;
  /** Those that may take new conversations. */
  readonly available: readonly Model[];
  readonly takesConversations: ReadonlySet<Model>;
}

/** The models that may be used for an assistant or, with null, for calls that are with none. */
export function usableFor(registry: Registry, assistantType: string | null): UsableModels {
  const { usable } = rankingOf(registry);
  return useFor(registry, assistantType).allowsRetention
    ? usable.withRetention
    : usable.withoutRetention;
}

/** The models that may be used for something at all. */
export function usableForAny(registry: Registry): UsableModels {
  return rankingOf(registry).usable.withRetention;
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
  const any = useForAny(registry);
  const enabled = without(byPriority, any, "disabled");
  return {
    byId: new Map(byPriority.map((model) => [model.model_id, model])),
    byAlias: new Map(
      byPriority.flatMap((model) => model.aliases.map((alias) => [alias, model] as const)),
    ),
    byUseCase: Map.groupBy(enabled, (model) => model.use_case),
    default: enabled.find((model) => model.is_default),
    canary: enabled.find((model) => model.canary_share !== null),
    usable: {
      withRetention: usableModels(byPriority, any),
      withoutRetention: usableModels(byPriority, { ...any, allowsRetention: false }),
    },
  };
}

function usableModels(models: readonly Model[], use: ModelUse): UsableModels {
  const allowed = without(models, use, "outside_geographies", "provider_retains");
  const available = without(allowed, use, "disabled", "retired");
  return { allowed: new Set(allowed), available, takesConversations: new Set(available) };
}

function without(
  models: readonly Model[],
  use: ModelUse,
  ...reasons: readonly ObstacleReason[]
): readonly Model[] {
  return models.filter((model) => !reasons.some((reason) => hasObstacle(reason, model, use)));
}
