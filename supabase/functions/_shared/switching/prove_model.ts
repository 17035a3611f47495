import type { BedrockClients } from "../bedrock/bedrock_client.ts";
import { AppError } from "../core/app_error.ts";
import type { Guardrail } from "../formats/model_format.ts";
import type { ModelConfig } from "../registry/assistant.ts";
import type { ChangeAuthor } from "../registry/change_author.ts";
import type { Model } from "../registry/model.ts";
import { obstaclesOf } from "../registry/model_usability.ts";
import { useFor, useForAny } from "../registry/model_use.ts";
import type { Registry } from "../registry/registry.ts";
import type { ModelProbe } from "./model_probe.ts";
import { probeModel } from "./probe_model.ts";
import type { ProbeSubject } from "./probe_request.ts";
import type { ProbeStore } from "./probe_store.ts";

/** What a probe needs: clients to call models with, and a store for the results. */
export interface ProbeDependencies {
  readonly clients: BedrockClients;
  readonly probes: ProbeStore;
  /** Names the operator's request. */
  readonly requestId: string;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/** A probe that was recorded, with the id by which a switch names it. */
export interface NamedProbe {
  readonly id: number;
  readonly probe: ModelProbe;
}

/** A requested switch. */
export interface IntendedSwitch {
  readonly model: Model;
  /** The assistant that is to have it; null: the default, which some may be kept from. */
  readonly assistantType: string | null;
  /** Settings of the assistant that differ from the model's row; empty for a switch of default. */
  readonly config: ModelConfig;
  /** The assistant's guardrail; null: none. */
  readonly guardrail: Guardrail | null;
  readonly registry: Registry;
  /** Null: nothing is switched yet, as when a switch is proposed. */
  readonly author: ChangeAuthor | null;
  /** Whether to call the model. */
  readonly probes: boolean;
  /** Whether to switch although a price is unknown. */
  readonly force: boolean;
}

/**
 * Proves that a switch to a model can work: by its row, and by calling it.
 *
 * @returns the result of the calls and its id; null where the model was not to be called
 * @throws {AppError} `person_required`, `model_retired`, `model_not_available`,
 * `model_outside_geographies`, `provider_retains_data`, `price_unknown`; `probe_failed` with the code and message of the first failure
 */
export async function proveModel(
  intended: IntendedSwitch,
  dependencies: ProbeDependencies,
): Promise<NamedProbe | null> {
  requireSwitchable(intended);
  if (!intended.probes) return null;
  const { model } = intended;
  const named = await probeAndRecord(intended, dependencies);
  if (!named.probe.passed) throw probeFailed(model, named.probe);
  return named;
}

/** Calls a model and records the result, passed or failed. */
export async function probeAndRecord(
  subject: ProbeSubject,
  { clients, now, probes, requestId }: ProbeDependencies,
): Promise<NamedProbe> {
  const probe = await probeModel({ ...subject, clients, now, requestId });
  return { id: await probes.record(subject.model.model_id, probe), probe };
}

/** Refuses before the probe, which costs tokens, what the database would refuse after it. */
function requireSwitchable(
  { model, assistantType, registry, author, force }: IntendedSwitch,
): void {
  if (registry.settings.require_person && author !== null && author.userId === null) {
    throw personRequired();
  }
  const use = assistantType === null ? useForAny(registry) : useFor(registry, assistantType);
  const obstacle = obstaclesOf(model, use)
    .find(({ reason }) => reason !== "price_unknown" || !force);
  if (obstacle === undefined) return;
  throw new AppError(obstacle.code, obstacle.message, { hint: obstacle.hint });
}

/** As the database says it. */
function personRequired(): AppError {
  return new AppError("person_required", "A secret key cannot change this without a person.", {
    hint: "Sign in to the console, or send a platform admin's access token, or propose the change.",
  });
}

function probeFailed(model: Model, { checks }: ModelProbe): AppError {
  const failed = checks.filter(({ ok }) => ok === false);
  const [first] = failed;
  const where = failed.length === checks.length ? "" : `, with ${first?.name} only`;
  return new AppError(
    "probe_failed",
    `${model.model_id} failed its probe${where}; nothing was changed: ` +
      `${first?.message} (${first?.error_code})`,
    {
      hint: first?.retryable
        ? `${first.hint ?? "Try again in a minute."} The probe may pass later.`
        : first?.hint ?? undefined,
    },
  );
}
