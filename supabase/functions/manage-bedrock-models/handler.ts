import {
  type ActionName,
  type ManageRequest,
  manageRequestSchema,
  type RequestOf,
  type ResultOf,
} from "../_shared/contract/manage.ts";
import type { ServiceCaller, UserCaller } from "../_shared/http/authenticate.ts";
import { readJson } from "../_shared/http/read_json.ts";
import { respondJson } from "../_shared/http/respond.ts";
import type { Handler } from "../_shared/http/serve.ts";
import { whenGone } from "../_shared/http/when_gone.ts";
import type { ChangeAuthor } from "../_shared/registry/change_author.ts";
import type { Model } from "../_shared/registry/model.ts";
import { acknowledgeAlert, listAlertRules, listAlerts, setAlertRule } from "./actions/alerts.ts";
import { setAliases } from "./actions/aliases.ts";
import { createApiKey, listApiKeys, revokeApiKey, rotateApiKey } from "./actions/api_keys.ts";
import { listAssistants, setAssistantModel } from "./actions/assistants.ts";
import { createAssistant, setAssistant } from "./actions/assistant_settings.ts";
import { registerModel, syncModels } from "./actions/catalog.ts";
import { attachEvaluation, listEvaluations } from "./actions/evaluations.ts";
import { listHistory, rollBack, verifyHistory } from "./actions/history.ts";
import { explainAnswer, foreseeImpact, showEvidence } from "./actions/impact.ts";
import { listLifecycle, retireModel } from "./actions/lifecycle.ts";
import { listLimits, removeLimit, setLimit, showLimits } from "./actions/limits.ts";
import { getDefault, listModels, validateModel } from "./actions/models.ts";
import {
  eraseConversation,
  eraseUser,
  exportUser,
  listErasures,
  listLegalHolds,
  removeLegalHold,
  setLegalHold,
  setRetention,
} from "./actions/people.ts";
import { listPrices, setPrice } from "./actions/prices.ts";
import {
  approveChange,
  listProposals,
  proposeChange,
  rejectChange,
  signSwitch,
} from "./actions/proposals.ts";
import {
  reportCosts,
  reportPerformance,
  reportSwitchEffect,
  reportUsage,
  reportWhatIf,
} from "./actions/reports.ts";
import { setProviderRetention } from "./actions/provider_retention.ts";
import { listRoles, setRole } from "./actions/roles.ts";
import {
  endRollout,
  listRollouts,
  setRolloutShare,
  startRollout,
  verifyVerdict,
} from "./actions/rollouts.ts";
import { getSettings, updateSettings } from "./actions/settings.ts";
import { showStatus } from "./actions/status.ts";
import { disableModel, enableModel, setDefaultModel } from "./actions/switching.ts";
import { tryModels } from "./actions/trials.ts";
import type { InstanceDependencies, ManageDependencies } from "./manage_dependencies.ts";
import { trialBodies } from "./read_question.ts";
import { requireOperator } from "./require_operator.ts";

/** Lists, switches and reports on models, for holders of a secret key and for platform admins. */
export function createManageHandler(dependencies: InstanceDependencies): Handler {
  const { log, requirePresentOperator } = dependencies;
  return async (request, context) => {
    const caller = await requireOperator(request, context, dependencies);
    const action = await readJson(request, manageRequestSchema, { large: trialBodies });
    if (caller.kind === "user" && !onlyReads(action)) await requirePresentOperator(caller);
    const author: ChangeAuthor = {
      userId: caller.kind === "user" ? caller.userId : null,
      keyName: caller.kind === "service" ? caller.keyName : null,
      source: request.headers.get("x-switchboard-source") === "cli" ? "cli" : "api",
      reason: "reason" in action ? action.reason ?? null : null,
    };
    const ofRequest = { ...dependencies, requestId: context.requestId };
    if (action.action === "export-user") return await exportUser(action, ofRequest, author);
    const answer = await perform(
      action,
      ofRequest,
      author,
      whenGone(request.signal).signal,
      caller,
    );
    log("models-managed", {
      request_id: context.requestId,
      ...context.trace,
      action: action.action,
      model_id: modelIdOf(answer),
      actor_user_id: author.userId,
      actor_key_name: author.keyName,
      source: author.source,
      registry_version: answer.registry_version,
    });
    return respondJson({ success: true, ...answer });
  };
}

/** The registry's, not the request's: that may be any text where a report filters by it. */
function modelIdOf(answer: object): string | null {
  const { model } = answer as { readonly model?: Pick<Model, "model_id"> | null };
  return model?.model_id ?? null;
}

type Performers = {
  readonly [Name in ActionName]: (
    request: RequestOf<Name>,
    dependencies: ManageDependencies,
    author: ChangeAuthor,
    /** Aborted when the caller leaves. */
    gone: AbortSignal,
    /** For what a user must do with a token of their own. */
    caller: UserCaller | ServiceCaller,
  ) => Promise<ResultOf<Name>>;
};

const performers: Performers = {
  "list": listModels,
  "get-default": getDefault,
  "validate": validateModel,
  "set-default": setDefaultModel,
  "enable": enableModel,
  "disable": disableModel,
  "list-lifecycle": listLifecycle,
  "retire": retireModel,
  "list-assistants": listAssistants,
  "set-assistant-model": setAssistantModel,
  "start-rollout": startRollout,
  "list-rollouts": listRollouts,
  "verify-verdict": verifyVerdict,
  "set-rollout-share": setRolloutShare,
  "end-rollout": endRollout,
  "history": listHistory,
  "rollback": rollBack,
  "verify-history": verifyHistory,
  "sync": syncModels,
  "register": registerModel,
  "get-settings": getSettings,
  "update-settings": updateSettings,
  "list-roles": listRoles,
  "set-role": setRole,
  "list-prices": listPrices,
  "set-price": setPrice,
  "set-assistant": setAssistant,
  "create-assistant": createAssistant,
  "list-api-keys": listApiKeys,
  "create-api-key": createApiKey,
  "rotate-api-key": rotateApiKey,
  "revoke-api-key": revokeApiKey,
  "set-aliases": setAliases,
  "set-provider-retention": setProviderRetention,
  "list-limits": listLimits,
  "set-limit": setLimit,
  "remove-limit": removeLimit,
  "limit-status": showLimits,
  "attach-evaluation": attachEvaluation,
  "list-evaluations": listEvaluations,
  "try": tryModels,
  "usage": reportUsage,
  "costs": reportCosts,
  "performance": reportPerformance,
  "switch-effect": reportSwitchEffect,
  "what-if": reportWhatIf,
  "impact": foreseeImpact,
  "explain": explainAnswer,
  "evidence": showEvidence,
  "list-alerts": listAlerts,
  "acknowledge-alert": acknowledgeAlert,
  "list-alert-rules": listAlertRules,
  "set-alert-rule": setAlertRule,
  "status": showStatus,
  "propose": proposeChange,
  "list-proposals": listProposals,
  "approve": approveChange,
  "reject": rejectChange,
  "sign": signSwitch,
  "erase-user": eraseUser,
  "erase-conversation": eraseConversation,
  "set-retention": setRetention,
  "set-legal-hold": setLegalHold,
  "remove-legal-hold": removeLegalHold,
  "list-legal-holds": listLegalHolds,
  "list-erasures": listErasures,
};

/** Actions that change nothing and call no model. Any other, a new one too, counts as a change. */
const reading: ReadonlySet<ActionName> = new Set<ActionName>([
  "list",
  "get-default",
  "list-lifecycle",
  "list-assistants",
  "list-rollouts",
  "verify-verdict",
  "history",
  "verify-history",
  "get-settings",
  "list-roles",
  "list-prices",
  "list-api-keys",
  "list-limits",
  "limit-status",
  "list-evaluations",
  "usage",
  "costs",
  "performance",
  "switch-effect",
  "what-if",
  "impact",
  "explain",
  "evidence",
  "list-alerts",
  "list-alert-rules",
  "list-proposals",
  "list-legal-holds",
  "list-erasures",
  "status",
]);

function onlyReads(request: ManageRequest): boolean {
  if (request.action === "validate") return request.probe !== true;
  if (request.action === "sync") return request.apply !== true;
  if (request.action === "retire") return request.dry_run === true;
  // It is recorded, and takes a person's words out of the project.
  if (request.action === "export-user") return false;
  return reading.has(request.action);
}

function perform<Name extends ActionName>(
  request: RequestOf<Name>,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
  gone: AbortSignal,
  caller: UserCaller | ServiceCaller,
): Promise<ResultOf<Name>> {
  return performers[request.action](request, dependencies, author, gone, caller);
}
