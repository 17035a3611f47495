import { readJson } from "../_shared/http/read_json.ts";
import { respondJson } from "../_shared/http/respond.ts";
import type { Handler } from "../_shared/http/serve.ts";
import type { ChangeAuthor } from "../_shared/registry/change_author.ts";
import { listAssistants, setAssistantModel } from "./actions/assistants.ts";
import { registerModel, syncModels } from "./actions/catalog.ts";
import { listHistory, rollBack, verifyHistory } from "./actions/history.ts";
import { getDefault, listModels, validateModel } from "./actions/models.ts";
import {
  reportCosts,
  reportPerformance,
  reportSwitchEffect,
  reportUsage,
  reportWhatIf,
} from "./actions/reports.ts";
import { getSettings, updateSettings } from "./actions/settings.ts";
import { disableModel, enableModel, setDefaultModel } from "./actions/switching.ts";
import type { ManageDependencies } from "./manage_dependencies.ts";
import { type ManageRequest, manageRequestSchema } from "./manage_request.ts";
import { requireOperator } from "./require_operator.ts";

/** Lists, switches and reports on models, for holders of a secret key and for platform admins. */
export function createManageHandler(dependencies: ManageDependencies): Handler {
  const { log } = dependencies;
  return async (request, { requestId }) => {
    const caller = await requireOperator(request, dependencies);
    const action = await readJson(request, manageRequestSchema);
    const author: ChangeAuthor = {
      userId: caller.kind === "user" ? caller.userId : null,
      source: request.headers.get("x-switchboard-source") === "cli" ? "cli" : "api",
    };
    const answer = await perform(action, author, dependencies);
    log("models-managed", {
      request_id: requestId,
      action: action.action,
      model_id: "model_id" in action ? action.model_id ?? null : null,
      actor_user_id: author.userId,
      source: author.source,
      registry_version: answer.registry_version,
    });
    return respondJson({ success: true, ...answer });
  };
}

/** What every action returns, besides what is its own. */
type ManageAnswer =
  & { readonly registry_version: number }
  & Readonly<Record<string, unknown>>;

function perform(
  request: ManageRequest,
  author: ChangeAuthor,
  dependencies: ManageDependencies,
): Promise<ManageAnswer> {
  switch (request.action) {
    case "list":
      return listModels(dependencies);
    case "get-default":
      return getDefault(dependencies);
    case "validate":
      return validateModel(request, dependencies);
    case "set-default":
      return setDefaultModel(request, author, dependencies);
    case "enable":
      return enableModel(request, author, dependencies);
    case "disable":
      return disableModel(request, author, dependencies);
    case "list-assistants":
      return listAssistants(dependencies);
    case "set-assistant-model":
      return setAssistantModel(request, author, dependencies);
    case "history":
      return listHistory(request, dependencies);
    case "rollback":
      return rollBack(request, author, dependencies);
    case "verify-history":
      return verifyHistory(request, dependencies);
    case "sync":
      return syncModels(request, author, dependencies);
    case "register":
      return registerModel(request, author, dependencies);
    case "get-settings":
      return getSettings(dependencies);
    case "update-settings":
      return updateSettings(request, author, dependencies);
    case "usage":
      return reportUsage(request, dependencies);
    case "costs":
      return reportCosts(request, dependencies);
    case "performance":
      return reportPerformance(request, dependencies);
    case "switch-effect":
      return reportSwitchEffect(request, dependencies);
    case "what-if":
      return reportWhatIf(request, dependencies);
    default:
      return request satisfies never;
  }
}
