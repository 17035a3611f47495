import { AppError } from "../core/app_error.ts";
import type { Surface } from "../core/surface.ts";
import { respondJson } from "../http/respond.ts";
import type { Handler, RequestContext } from "../http/serve.ts";
import type { Registry } from "../registry/registry.ts";
import { type ListedModel, listNames } from "../selection/named_model.ts";
import { beginCall } from "./begin_call.ts";
import { idHeaders } from "./call_headers.ts";
import type { CallOptions } from "./call_options.ts";

/**
 * Lists what a caller may send as `model`, in one body that the clients of both dialects read.
 *
 * @see https://platform.openai.com/docs/api-reference/models/list
 * @see https://platform.claude.com/docs/en/api/models-list
 */
export function createModelsHandler(surface: Surface, options: CallOptions): Handler {
  return async (request, context) => {
    const data = await entriesFor(request, surface, context, options);
    return respond({
      object: "list",
      data,
      has_more: false,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    }, context);
  };
}

/** Describes the model of a name, which is the rest of the path. */
export function createModelHandler(surface: Surface, options: CallOptions): Handler {
  return async (request, context) => {
    const entries = await entriesFor(request, surface, context, options);
    const entry = entries.find(({ id }) => id === context.rest);
    if (entry !== undefined) return respond(entry, context);
    throw new AppError("model_not_found", "The caller may name no such model.", {
      hint: "GET …/v1/models lists the names.",
      param: "model",
    });
  };
}

async function entriesFor(
  request: Request,
  surface: Surface,
  context: RequestContext,
  options: CallOptions,
): Promise<readonly ModelEntry[]> {
  const caller = await options.authenticate(request);
  await options.requireAllowedRegion();
  const { begun, registry } = await beginCall(
    { caller, surface, clientLabel: null, context },
    options,
  );
  return listNames(registry, begun.scope).map((listed) => entryOf(listed, registry));
}

function respond(body: unknown, { requestId }: RequestContext): Response {
  return respondJson(body, 200, idHeaders(requestId));
}

type ModelEntry = ReturnType<typeof entryOf>;

/** With the fields of both makers. The registry knows no date of a model's release. */
function entryOf({ name, modelId, displayName }: ListedModel, registry: Registry) {
  const model = registry.models.find(({ model_id }) => model_id === modelId);
  return {
    id: name,
    object: "model",
    type: "model",
    created: 0,
    created_at: new Date(0).toISOString(),
    display_name: displayName,
    owned_by: model?.provider ?? "bedrock-switchboard",
    ...(model !== undefined && {
      max_input_tokens: model.context_window,
      max_tokens: model.max_tokens,
    }),
  };
}
