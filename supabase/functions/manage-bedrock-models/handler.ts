import { AppError } from "../_shared/core/app_error.ts";
import type { Caller } from "../_shared/http/authenticate.ts";
import type { Log } from "../_shared/http/log.ts";
import { readJson } from "../_shared/http/read_json.ts";
import { respondJson } from "../_shared/http/respond.ts";
import type { Handler } from "../_shared/http/serve.ts";
import { checkModel, modelWarnings } from "../_shared/registry/check_model.ts";
import type { Model } from "../_shared/registry/model.ts";
import type { ChangeAuthor, ModelSwitcher } from "../_shared/registry/model_switcher.ts";
import type { Registry } from "../_shared/registry/registry.ts";
import { type ManageRequest, manageRequestSchema } from "./manage_request.ts";

export interface ManageDependencies {
  readonly authenticate: (request: Request) => Promise<Caller>;
  readonly switcher: ModelSwitcher;
  /** Reads the registry afresh: an operator looks at what is, not at what was. */
  readonly readRegistry: () => Promise<Registry>;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** Lists and switches models, for holders of a secret key and for platform admins. */
export function createManageHandler(dependencies: ManageDependencies): Handler {
  const { authenticate, switcher, log } = dependencies;
  return async (request, { requestId }) => {
    const caller = await authenticate(request);
    if (caller.kind === "user" && !await switcher.isPlatformUser(caller.userId)) {
      throw new AppError("forbidden", "Only platform admins and secret keys may manage models.");
    }
    const action = await readJson(request, manageRequestSchema);
    const author: ChangeAuthor = {
      userId: caller.kind === "user" ? caller.userId : null,
      source: request.headers.get("x-switchboard-source") === "cli" ? "cli" : "api",
    };
    const answer = await perform(action, author, dependencies);
    log("models-managed", {
      request_id: requestId,
      action: action.action,
      model_id: "model_id" in action ? action.model_id : null,
      actor_user_id: author.userId,
      source: author.source,
      registry_version: answer.registry_version,
    });
    return respondJson({ success: true, ...answer });
  };
}

async function perform(
  request: ManageRequest,
  author: ChangeAuthor,
  { switcher, readRegistry, now }: ManageDependencies,
) {
  const today = new Date(now()).toISOString().slice(0, 10);
  switch (request.action) {
    case "list": {
      const { models, version } = await readRegistry();
      return { models, count: models.length, registry_version: version };
    }
    case "get-default": {
      const registry = await readRegistry();
      return {
        default_model: registry.models.find((model) => model.is_default) ?? null,
        assistants: describeAssistants(registry),
        registry_version: registry.version,
      };
    }
    case "set-default": {
      const formerModelId = await switcher.setDefault(request.model_id, author);
      const registry = await readRegistry();
      const model = requireModel(registry, request.model_id);
      return {
        message: formerModelId === model.model_id
          ? `${model.model_name} was the default already.`
          : `${model.model_name} is now the default.`,
        model,
        former_model_id: formerModelId,
        assistants: describeAssistants(registry),
        warnings: modelWarnings(model, today, registry.settings.allowed_geographies),
        registry_version: registry.version,
      };
    }
    case "enable": {
      await switcher.enable(request.model_id, author);
      const registry = await readRegistry();
      const model = requireModel(registry, request.model_id);
      return {
        message: `${model.model_name} is available.`,
        model,
        warnings: modelWarnings(model, today, registry.settings.allowed_geographies),
        registry_version: registry.version,
      };
    }
    case "disable": {
      const atOnce = request.now ?? false;
      await switcher.disable(request.model_id, atOnce, author);
      const registry = await readRegistry();
      const model = requireModel(registry, request.model_id);
      return {
        message: model.serves_pinned
          ? `${model.model_name} takes no new conversations; those pinned to it go on.`
          : `${model.model_name} answers no longer, pinned conversations included.`,
        model,
        registry_version: registry.version,
      };
    }
    case "validate": {
      const registry = await readRegistry();
      const model = requireModel(registry, request.model_id);
      const checks = checkModel(model, today, registry.settings.allowed_geographies);
      return {
        valid: checks.every((check) => check.ok),
        model,
        checks,
        registry_version: registry.version,
      };
    }
    default:
      return request satisfies never;
  }
}

function requireModel(registry: Registry, modelId: string): Model {
  const model = registry.models.find((model) => model.model_id === modelId);
  if (model !== undefined) return model;
  throw new AppError("model_not_found", `There is no model ${modelId} in the registry.`, {
    hint: `Registered: ${registry.models.map((model) => model.model_id).join(", ")}`,
  });
}

/** Which assistants follow the default, and which keep a model of their own. */
function describeAssistants(registry: Registry) {
  return registry.assistants.map((assistant) => ({
    assistant_type: assistant.assistant_type,
    name: assistant.name,
    model_version: assistant.model_version,
    is_active: assistant.is_active,
    follows_default: assistant.model_version === null,
  }));
}
