import { orderedError } from "../control/apply_faults.ts";
import type { CallFaults } from "../control/fault_queue.ts";
import type { CallDependencies } from "../answer_call.ts";
import type { ModelDirectory } from "../model_directory.ts";
import { wait } from "../wait.ts";
import { authenticate } from "../wire/authenticate.ts";
import { AwsError } from "../wire/aws_error.ts";
import { readBody } from "../wire/read_body.ts";
import type { DirectoryRoute } from "./directory_routes.ts";
import { getFoundationModel, listFoundationModels } from "./foundation_models.ts";
import { getInferenceProfile, listInferenceProfiles } from "./inference_profiles.ts";

/** Answers one call of the control plane. */
export async function answerDirectoryCall(
  request: Request,
  url: URL,
  route: DirectoryRoute,
  dependencies: CallDependencies,
): Promise<Response> {
  const { operation, identifier } = route;
  const requestId = crypto.randomUUID();
  const started = performance.now();
  const note = dependencies.journal.open({
    time: new Date().toISOString(),
    operation,
    modelId: identifier,
    requestId,
  });
  const finish = (response: Response, exception: string | null = null) => {
    const durationMs = Math.round(performance.now() - started);
    note({ status: response.status, exception, finished: true, durationMs });
    dependencies.log(
      [operation, identifier].filter((part) => part !== "").join(" ") +
        `: ${response.status}${exception === null ? "" : ` ${exception}`}, ${durationMs} ms`,
    );
    return response;
  };
  try {
    const { method, headers } = request;
    const signed = { method, url, headers, body: await readBody(request) };
    note({ authentication: await authenticate(signed, dependencies.accepted, Date.now()) });
    const faults = dependencies.faults.take(identifier, operation);
    note({ faults: faults.kinds });
    // The request's signal is touched only where it is needed: Deno warns once when it is used.
    const ordered = await replyInstead(faults, () => [request.signal, dependencies.closing]);
    if (ordered !== null) return finish(ordered);
    const body = answer(route, url.searchParams, dependencies.directory);
    return finish(Response.json(body, { headers: { "x-amzn-requestid": requestId } }));
  } catch (error) {
    const known = error instanceof AwsError
      ? error
      : new AwsError("InternalServerException", `The stand-in failed: ${error}`);
    return finish(known.toResponse(requestId), known.exception);
  }
}

function answer(
  { operation, identifier }: DirectoryRoute,
  query: URLSearchParams,
  directory: ModelDirectory,
): object {
  switch (operation) {
    case "ListFoundationModels":
      return listFoundationModels(directory, query);
    case "GetFoundationModel":
      return getFoundationModel(directory, identifier);
    case "ListInferenceProfiles":
      return listInferenceProfiles(directory, query);
    case "GetInferenceProfile":
      return getInferenceProfile(directory, identifier);
    default:
      return operation satisfies never;
  }
}

/** What was ordered in place of an answer, after the wait that was ordered; else null. */
async function replyInstead(
  faults: CallFaults,
  signals: () => readonly AbortSignal[],
): Promise<Response | null> {
  const nobodyListens = new Response(null, { status: 503 });
  const latency = faults.get("latency");
  if (latency !== undefined && !await wait(latency.ms, signals())) return nobodyListens;
  if (faults.get("hang") !== undefined) {
    await wait(null, signals());
    return nobodyListens;
  }
  const error = faults.get("error");
  if (error !== undefined) throw orderedError(error);
  const raw = faults.get("raw");
  return raw === undefined ? null : new Response(raw.body === "" ? null : raw.body, raw);
}
