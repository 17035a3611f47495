import type { Change } from "../../_shared/contract/impact.ts";
import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { AppError } from "../../_shared/core/app_error.ts";
import type { ServiceCaller, UserCaller } from "../../_shared/http/authenticate.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { requireFunctionInside } from "../../_shared/registry/function_region.ts";
import type { Registry } from "../../_shared/registry/registry.ts";
import { changeRegistry } from "../../_shared/switching/change_registry.ts";
import { describeEvidence } from "../../_shared/switching/describe_evidence.ts";
import type { Affected } from "../../_shared/switching/impact.ts";
import { explainTurn } from "../../_shared/switching/explain_turn.ts";
import { missingEvaluationWarning } from "../../_shared/switching/impact_warnings.ts";
import { requireNoRollout } from "../../_shared/switching/rollout_ground.ts";
import type { TurnName } from "../../_shared/switching/turn_facts.ts";
import { impactOf } from "../affected_by.ts";
import { requireAssistant, requireModel } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";
import { foreseeLimit } from "./limits.ts";
import { foreseeRollout } from "./rollouts.ts";

/** A change after which other models may answer. */
type RegistryChange = Exclude<Change, { action: "set-limit" | "start-rollout" }>;

/** `impact`: what a change would do, which is refused as the change would be. */
export async function foreseeImpact(
  { change }: RequestOf<"impact">,
  dependencies: ManageDependencies,
): Promise<ResultOf<"impact">> {
  if (change.action === "set-limit") return await foreseeLimit(change, dependencies);
  if (change.action === "start-rollout") return await foreseeRollout(change, dependencies);
  const before = await dependencies.readRegistry();
  const after = await registryAfter(before, change, dependencies);
  await dependencies.reports.sumUp();
  const [{ affected, warnings }, refusals] = await Promise.all([
    impactOf(before, after, dependencies),
    refusalWarnings(change, dependencies),
  ]);
  return {
    affected,
    warnings: [...approvalWarnings(change, before, affected), ...refusals, ...warnings],
    limit: null,
    registry_version: before.version,
  };
}

/** What a retirement, or the evaluation that an assistant requires, would be refused for. */
async function refusalWarnings(
  change: RegistryChange,
  { evaluations, retirements }: ManageDependencies,
): Promise<string[]> {
  // Null is what AWS does, which nothing refuses.
  if (change.action === "retire" && change.successor_model_id !== null) {
    const { model_id: modelId, successor_model_id: successorModelId = null } = change;
    const { refusal } = await retirements.foresee({ modelId, successorModelId });
    return refusal === "" ? [] : [`The retirement is refused now. ${refusal}`];
  }
  if (change.action !== "set-default" && change.action !== "set-assistant-model") return [];
  const missing = await evaluations.missing(
    change.model_id,
    change.action === "set-assistant-model" ? change.assistant_type : null,
  );
  return missing.map(missingEvaluationWarning);
}

/** Protected assistants that another model would answer. Disabling and going back need no approval. */
function approvalWarnings(
  { action }: RegistryChange,
  { assistants }: Registry,
  affected: Affected,
): string[] {
  if (action !== "set-default" && action !== "set-assistant-model" && action !== "enable") {
    return [];
  }
  return affected.assistants.flatMap(({ assistant_type: type }) =>
    assistants.some((each) => each.assistant_type === type && each.is_protected)
      ? `${type}: is protected, so a second person has to approve the change unless it goes back.`
      : []
  );
}

/** `explain`: which model answered, and which rules were passed over. */
export async function explainAnswer(
  { message_id: messageId, request_id: requestId }: RequestOf<"explain">,
  { readTurnFacts, readRegistryAsOf, readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"explain">> {
  const facts = await readTurnFacts(turnNameOf(messageId, requestId));
  const { registry_version: version, ended_at } = facts;
  const [registry, present] = await Promise.all([
    version === null ? null : readRegistryAsOf(version, ended_at),
    readRegistryPart([]),
  ]);
  return { explanation: explainTurn(facts, registry), registry_version: present.version };
}

/** `evidence`: what an auditor asks of an answer, in one document. */
export async function showEvidence(
  { message_id: messageId, request_id: requestId, include_words }: RequestOf<"evidence">,
  { readEvidenceFacts, readRegistryAsOf, readRegistryPart, trials, now }: ManageDependencies,
  _author: ChangeAuthor,
  _gone: AbortSignal,
  caller: UserCaller | ServiceCaller,
): Promise<ResultOf<"evidence">> {
  const present = await readRegistryPart([]);
  if (include_words) requireFunctionInside(trials.functionRegion, present);
  const read = await readEvidenceFacts(turnNameOf(messageId, requestId), {
    includeWords: include_words ?? false,
    readerUserId: caller.kind === "user" ? caller.userId : null,
  });
  const { registry_version: version, ended_at } = read.facts;
  const registry = version === null ? null : await readRegistryAsOf(version, ended_at);
  return {
    evidence: describeEvidence(read, registry, new Date(now()).toISOString()),
    registry_version: present.version,
  };
}

function turnNameOf(messageId: string | undefined, requestId: string | undefined): TurnName {
  if (messageId !== undefined && requestId === undefined) return { messageId };
  if (requestId !== undefined && messageId === undefined) return { requestId };
  throw new AppError("invalid_request", "The request must name message_id or request_id.");
}

async function registryAfter(
  before: Registry,
  change: RegistryChange,
  dependencies: ManageDependencies,
): Promise<Registry> {
  if (change.action === "rollback") {
    return await dependencies.readRegistryAfterRollback(change.to ?? null);
  }
  if (change.action === "set-default") requireNoRollout(before, null, change.model_id);
  if (change.action === "set-assistant-model") {
    requireNoRollout(before, requireAssistant(before, change.assistant_type), change.model_id);
  }
  for (const id of modelsOf(change)) await requireModel(before, id, dependencies);
  return changeRegistry(before, change);
}

/** The models that a change names. */
function modelsOf(change: Exclude<RegistryChange, { action: "rollback" }>): readonly string[] {
  switch (change.action) {
    case "set-default":
    case "enable":
    case "disable":
    case "set-provider-retention":
      return [change.model_id];
    case "retire":
      return [change.model_id, change.successor_model_id].filter((id) => typeof id === "string");
    case "set-assistant-model":
      return [change.model_id, ...change.fallback_models ?? []].filter((id) => id !== null);
    case "update-settings":
      return [];
    default:
      return change satisfies never;
  }
}
