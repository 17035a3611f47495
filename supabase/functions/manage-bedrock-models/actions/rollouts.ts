import type { Change } from "../../_shared/contract/impact.ts";
import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { AppError } from "../../_shared/core/app_error.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { type Assistant, guardrailOf } from "../../_shared/registry/assistant.ts";
import { modelWarnings } from "../../_shared/registry/check_model.ts";
import type { Model } from "../../_shared/registry/model.ts";
import type { Registry } from "../../_shared/registry/registry.ts";
import { changeRegistry } from "../../_shared/switching/change_registry.ts";
import { proveModel } from "../../_shared/switching/prove_model.ts";
import { describeScope, type Rollout } from "../../_shared/switching/rollout.ts";
import { requireFormer } from "../../_shared/switching/rollout_ground.ts";
import { shareOf } from "../../_shared/switching/rollout_impact.ts";
import { promotionWarnings, rolloutWarnings } from "../../_shared/switching/rollout_warnings.ts";
import { affectedBy, impactOf } from "../affected_by.ts";
import { requireAssistant, requireModel } from "../find_rows.ts";
import { type ManageDependencies, todayOf } from "../manage_dependencies.ts";

/** How many times as much an answer may cost where the request does not say. */
const usualCostRatio = 1.5;

/** How many rollouts are listed where the request does not say. */
const usuallyListed = 20;

/** `list-rollouts`: rollouts and watched switches, those under way first. */
export async function listRollouts(
  { id, limit }: RequestOf<"list-rollouts">,
  { rollouts, readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"list-rollouts">> {
  const [listed, registry] = await Promise.all([
    rollouts.list(id ?? null, limit ?? usuallyListed),
    readRegistryPart([]),
  ]);
  if (id !== undefined && listed.length === 0) {
    throw new AppError("rollout_not_found", `There is no rollout ${id}.`, {
      hint: "The ids are in the list of rollouts.",
    });
  }
  return { rollouts: listed, count: listed.length, registry_version: registry.version };
}

/** `verify-verdict`: whether the ledger still gives the figures of a verdict. */
export async function verifyVerdict(
  { id }: RequestOf<"verify-verdict">,
  { rollouts, readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"verify-verdict">> {
  const [verification, registry] = await Promise.all([
    rollouts.verifyVerdict(id),
    readRegistryPart([]),
  ]);
  return { verification, registry_version: registry.version };
}

/** `start-rollout`: probes the model, then gives it its share, on the version of the probe. */
export async function startRollout(
  request: RequestOf<"start-rollout">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"start-rollout">> {
  const registry = await dependencies.readRegistry();
  const { model, former, assistant } = await groundsOf(request, registry, dependencies);
  const proof = await proveModel({
    model,
    registry,
    assistantType: assistant?.assistant_type ?? null,
    config: assistant?.model_config ?? {},
    guardrail: guardrailOf(assistant ?? undefined),
    author,
    probes: request.probe ?? true,
    force: request.force ?? false,
  }, dependencies);
  const { rollout, registry_version } = await dependencies.rollouts.start(
    {
      modelId: request.model_id,
      assistantType: request.assistant_type ?? null,
      share: request.share,
      guards: request.guards ?? {},
      onVerdict: request.on_verdict,
    },
    author,
    {
      expectedVersion: request.expected_version ?? registry.version,
      probeId: proof?.id ?? null,
    },
  );
  return {
    message: describeShare(rollout),
    rollout,
    model: { ...model, ...ofDefault(rollout) },
    probe: proof?.probe ?? null,
    warnings: warningsOf({ model, former, assistant }, registry, rollout, dependencies),
    registry_version,
  };
}

/** `impact` of `start-rollout`, which is refused as that would be. */
export async function foreseeRollout(
  change: Extract<Change, { action: "start-rollout" }>,
  dependencies: ManageDependencies,
): Promise<ResultOf<"impact">> {
  const { model_id, assistant_type, share, guards, on_verdict = "hold" } = change;
  const before = await dependencies.readRegistry();
  const grounds = await groundsOf(change, before, dependencies);
  const terms = { cost_ratio: guards?.cost_ratio ?? usualCostRatio, on_verdict };
  const after = changeRegistry(
    before,
    assistant_type === undefined
      ? { action: "set-default", model_id }
      : { action: "set-assistant-model", assistant_type, model_id },
  );
  await dependencies.reports.sumUp();
  const { affected } = await impactOf(before, after, dependencies);
  return {
    affected: shareOf(affected, share),
    limit: null,
    warnings: warningsOf(grounds, before, terms, dependencies),
    registry_version: before.version,
  };
}

/** `set-rollout-share`: of new conversations and calls; what was assigned stays. */
export async function setRolloutShare(
  { id, share }: RequestOf<"set-rollout-share">,
  { rollouts }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-rollout-share">> {
  const { rollout, registry_version } = await rollouts.setShare(id, share, author);
  return { message: describeShare(rollout), rollout, registry_version };
}

/** `end-rollout`: promotes the model, or gives all back to the former one. */
export async function endRollout(
  { id, outcome }: RequestOf<"end-rollout">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"end-rollout">> {
  const { rollout, ...change } = await dependencies.rollouts.end(id, outcome, author);
  const { affected, warnings } = await affectedBy(change, dependencies);
  return {
    message: describeEnd(rollout),
    rollout,
    affected,
    warnings: [...warnings],
    registry_version: change.registry_version,
  };
}

/** What a rollout is about. */
interface Grounds {
  readonly model: Model;
  readonly former: Model;
  /** Null: the default. */
  readonly assistant: Assistant | null;
}

async function groundsOf(
  { model_id, assistant_type }: Pick<RequestOf<"start-rollout">, "model_id" | "assistant_type">,
  registry: Registry,
  dependencies: ManageDependencies,
): Promise<Grounds> {
  const model = await requireModel(registry, model_id, dependencies);
  const assistant = assistant_type === undefined
    ? null
    : requireAssistant(registry, assistant_type);
  return { model, former: requireFormer(registry, model, assistant), assistant };
}

function warningsOf(
  { model, former, assistant }: Grounds,
  registry: Registry,
  terms: Pick<Rollout, "cost_ratio" | "on_verdict">,
  dependencies: ManageDependencies,
): string[] {
  const changed = assistant === null
    ? registry.assistants.filter((each) => each.model_version === null)
    : [assistant];
  return [
    ...modelWarnings(model, todayOf(dependencies), registry),
    ...rolloutWarnings(model, former, terms.cost_ratio),
    ...promotionWarnings(changed, terms.on_verdict),
  ];
}

/** What the model's row has of a rollout of the default. */
function ofDefault({ id, assistant_type: type, share }: Rollout): Partial<Model> {
  return type === null ? { canary_share: share, rollout_id: id } : {};
}

function describeShare(rollout: Rollout): string {
  const { id, model_id, former_model_id, share } = rollout;
  return `${model_id} gets ${share} % of the new conversations and calls of ` +
    `${describeScope(rollout)}, in place of ${former_model_id}. It is rollout ${id}.`;
}

function describeEnd({ id, model_id, former_model_id, outcome }: Rollout): string {
  switch (outcome) {
    case "promoted":
      return `Rollout ${id} is promoted: ${model_id} took the place of ${former_model_id}.`;
    case "reverted":
      return `Rollout ${id} is reverted: ${former_model_id} answers; conversations of ` +
        `${model_id} move at their next turn.`;
    case "kept":
      return `${model_id} stays, and rollout ${id} watches it no more.`;
    case "superseded":
    case null:
      return `Rollout ${id} has ended: ${outcome}.`;
    default:
      return outcome satisfies never;
  }
}
