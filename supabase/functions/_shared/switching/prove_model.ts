import { AppError } from "../core/app_error.ts";
import type { ModelConfig } from "../registry/assistant.ts";
import { lacksPrice } from "../registry/check_model.ts";
import type { Model } from "../registry/model.ts";
import type { ModelProbe } from "./model_probe.ts";
import type { Registry } from "../registry/registry.ts";
import { residencyProblem } from "../registry/residency.ts";
import type { BedrockClients } from "../bedrock/bedrock_client.ts";
import type { ProbeStore } from "./probe_store.ts";
import { probeModel } from "./probe_model.ts";

/** What calls models and records what came of it. */
export interface ProbeDependencies {
  readonly clients: BedrockClients;
  readonly probes: ProbeStore;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/** A switch that is asked for. */
export interface IntendedSwitch {
  readonly model: Model;
  /** What the assistant sets differently from the model's row; nothing for a switch of default. */
  readonly config: ModelConfig;
  readonly registry: Registry;
  /** Whether to call the model. */
  readonly probes: boolean;
  /** Whether an unknown price is no obstacle. */
  readonly force: boolean;
}

/**
 * Proves that a switch to a model can work: by what the registry says, and by calling it.
 *
 * @returns what the calls found; null where none was to be made
 * @throws {AppError} `model_retired`, `model_not_available`, `model_outside_geographies`,
 * `price_unknown`; `probe_failed` with the code and message of the first failure
 */
export async function proveModel(
  intended: IntendedSwitch,
  dependencies: ProbeDependencies,
): Promise<ModelProbe | null> {
  requireSwitchable(intended);
  if (!intended.probes) return null;
  const { model, config } = intended;
  const probe = await probeAndRecord(model, config, dependencies);
  if (!probe.passed) throw probeFailed(model, probe);
  return probe;
}

/** Calls a model and records what came of it, good or bad. */
export async function probeAndRecord(
  model: Model,
  config: ModelConfig,
  { clients, now, probes }: ProbeDependencies,
): Promise<ModelProbe> {
  const probe = await probeModel({ model, config, clients, now });
  await probes.record(model.model_id, probe);
  return probe;
}

/** What the database would refuse after the probe is refused before, so that it costs nothing. */
function requireSwitchable({ model, registry, force }: IntendedSwitch): void {
  const id = model.model_id;
  if (model.lifecycle === "retired") {
    throw new AppError(
      "model_retired",
      `AWS has retired ${id}; it no longer answers.`,
      {
        hint: model.successor_model_id === null
          ? "It has no successor on record."
          : `Its successor is ${model.successor_model_id}.`,
      },
    );
  }
  const outside = residencyProblem(
    model,
    registry.settings.allowed_geographies,
  );
  if (outside !== null) {
    throw new AppError(
      "model_outside_geographies",
      `${id} may not be used. ${outside}`,
      {
        hint: "Use a model that stays there; allowed_geographies in registry_settings says where.",
      },
    );
  }
  if (!model.is_available) {
    throw new AppError("model_not_available", `${id} is not available.`, {
      hint: "Enable it first.",
    });
  }
  if (lacksPrice(model) && !force) {
    throw new AppError(
      "price_unknown",
      `The price of ${id} is not known, so its cost could not be recorded.`,
      {
        hint: "Set its prices in bedrock_models, or switch with force (--force).",
      },
    );
  }
}

function probeFailed(model: Model, { checks }: ModelProbe): AppError {
  const failed = checks.filter((check) => !check.ok);
  const [first] = failed;
  const where = failed.length === checks.length ? "" : `, with ${first?.name} only`;
  return new AppError(
    "probe_failed",
    `${model.model_id} did not pass its probe${where}, so nothing was changed: ` +
      `${first?.message} (${first?.error_code})`,
    {
      hint: first?.retryable
        ? `${first.hint ?? "Try again in a minute."} It may pass later.`
        : first?.hint ?? undefined,
    },
  );
}
