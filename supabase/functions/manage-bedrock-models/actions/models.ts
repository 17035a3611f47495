import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { checkModel } from "../../_shared/registry/check_model.ts";
import { describeCapabilities } from "../../_shared/registry/describe_capabilities.ts";
import type { Model } from "../../_shared/registry/model.ts";
import { hasObstacle } from "../../_shared/registry/model_usability.ts";
import { useForAny } from "../../_shared/registry/model_use.ts";
import type { Registry } from "../../_shared/registry/registry.ts";
import { placesNotAllowed } from "../../_shared/registry/residency.ts";
import type { RecordedProbe } from "../../_shared/switching/model_probe.ts";
import { probeAndRecord } from "../../_shared/switching/prove_model.ts";
import { checkAssistants } from "../../_shared/switching/capability_warnings.ts";
import { assistantWarnings } from "../../_shared/switching/assistant_warnings.ts";
import { describeAssistants, readAssistants, readModel } from "../find_rows.ts";
import { type ManageDependencies, todayOf } from "../manage_dependencies.ts";

/** `list`: every model, in the order of priority. */
export async function listModels(
  _request: RequestOf<"list">,
  { readRegistry, probes }: ManageDependencies,
): Promise<ResultOf<"list">> {
  const [registry, latest] = await Promise.all([
    readRegistry(),
    probes.latest(),
  ]);
  return {
    models: registry.models.map((model) => describeModel(model, registry, latest)),
    count: registry.models.length,
    allowed_geographies: registry.settings.allowed_geographies,
    registry_version: registry.version,
  };
}

/** `get-default`: the default model, and which assistants follow it. */
export async function getDefault(
  _request: RequestOf<"get-default">,
  dependencies: ManageDependencies,
): Promise<ResultOf<"get-default">> {
  const [registry, latest] = await Promise.all([
    readAssistants(dependencies),
    dependencies.probes.latest(),
  ]);
  const model = registry.models.find((model) => model.is_default);
  return {
    default_model: model === undefined ? null : describeModel(model, registry, latest),
    assistants: describeAssistants(registry),
    warnings: assistantWarnings(registry),
    registry_version: registry.version,
  };
}

/** `validate`: whether a switch to the model would work; with `probe`, by calling it too. */
export async function validateModel(
  request: RequestOf<"validate">,
  dependencies: ManageDependencies,
): Promise<ResultOf<"validate">> {
  const { model, registry } = await readModel(request.model_id, dependencies);
  const checks = [
    ...checkModel(model, todayOf(dependencies), registry),
    checkAssistants(model, registry.assistants),
  ];
  // A model whose calls may leave the allowed geographies is not called, not even by a probe.
  const probes = request.probe === true &&
    !hasObstacle("outside_geographies", model, useForAny(registry));
  const probe = probes
    ? (await probeAndRecord({ model, config: {}, thorough: true }, dependencies)).probe
    : null;
  return {
    valid: checks.every((check) => check.ok) && (probe?.passed ?? true),
    model,
    checks,
    ...(request.probe === true && { probe }),
    registry_version: registry.version,
  };
}

/** A model's row with the places outside the allowed geographies, what it accepts, and its newest probe. */
function describeModel(
  model: Model,
  { settings }: Registry,
  latest: ReadonlyMap<string, RecordedProbe>,
) {
  return {
    ...model,
    outside: placesNotAllowed(model, settings.allowed_geographies),
    accepts: describeCapabilities(model.capabilities),
    last_probe: latest.get(model.model_id) ?? null,
  };
}
