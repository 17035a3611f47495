import { getFoundationModel, listFoundationModels } from "../catalog/foundation_models.ts";
import { getInferenceProfile, listInferenceProfiles } from "../catalog/inference_profiles.ts";
import { replyFault } from "../faults/reply_fault.ts";
import type { ModelCatalog } from "../models/model_catalog.ts";
import type { CatalogRoute } from "../operations.ts";
import { authenticate } from "../wire/authenticate.ts";
import { asAwsError } from "../wire/aws_error.ts";
import { readBody } from "../wire/read_body.ts";
import type { CallDependencies } from "./call_dependencies.ts";
import { LoggedCall } from "./logged_call.ts";

/** Answers one call of the control plane. */
export async function answerCatalogCall(
  request: Request,
  url: URL,
  route: CatalogRoute,
  dependencies: CallDependencies,
): Promise<Response> {
  const call = new LoggedCall(dependencies, route.operation, route.identifier);
  const finish = (response: Response) => {
    call.finish({ status: response.status });
    return response;
  };
  try {
    const { method, headers } = request;
    const signed = { method, url, headers, body: await readBody(request) };
    call.note({
      authentication: await authenticate(signed, dependencies.accepted, Date.now()),
    });
    const faults = dependencies.faultRules.take(route.identifier, route.operation);
    call.note({ faults: faults.kinds });
    const reply = await replyFault(faults, () => [request.signal, dependencies.closing]);
    if (reply === "abandoned") {
      call.finish({ clientDisconnected: !dependencies.closing.aborted });
      return new Response(null, { status: 503 });
    }
    if (reply !== null) return finish(reply);
    const body = answer(route, url.searchParams, dependencies.catalog);
    return finish(Response.json(body, { headers: { "x-amzn-requestid": call.requestId } }));
  } catch (error) {
    const known = asAwsError(error);
    call.note({ exception: known.exception });
    return finish(known.toResponse(call.requestId));
  }
}

function answer(
  { operation, identifier }: CatalogRoute,
  query: URLSearchParams,
  catalog: ModelCatalog,
): object {
  switch (operation) {
    case "ListFoundationModels":
      return listFoundationModels(catalog, query);
    case "GetFoundationModel":
      return getFoundationModel(catalog, identifier);
    case "ListInferenceProfiles":
      return listInferenceProfiles(catalog, query);
    case "GetInferenceProfile":
      return getInferenceProfile(catalog, identifier);
    case "GetAccountDataRetention":
      return { mode: catalog.dataRetentionMode };
    default:
      return operation satisfies never;
  }
}
