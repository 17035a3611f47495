import { AppError, type Audience } from "../core/app_error.ts";
import { crossOriginHeaders } from "./cors.ts";

/** A JSON answer. */
export function respondJson(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, {
    status,
    headers: { ...crossOriginHeaders, "cache-control": "no-store", ...headers },
  });
}

/** An answer of plain text, in the format that `contentType` names. */
export function respondText(text: string, contentType: string): Response {
  return new Response(text, {
    headers: {
      ...crossOriginHeaders,
      "cache-control": "no-store",
      "content-type": contentType,
    },
  });
}

/** An error in the envelope that all errors have, in the words for its reader. */
export function respondError(error: unknown, requestId: string, audience: Audience): Response {
  const shown = shownError(error);
  const { status, retryAfterSeconds } = shown;
  return respondJson(
    { success: false, error: describeError(shown, requestId, audience) },
    status,
    {
      ...(retryAfterSeconds !== undefined &&
        { "retry-after": String(retryAfterSeconds) }),
    },
  );
}

/** The error itself where it was expected; else one that says where the details are. */
export function shownError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("internal_error", undefined, {
    hint: "The functions' log has the details, under the request_id.",
  });
}

/** The parts of an error that its reader sees. */
export function describeError(error: AppError, requestId: string, audience: Audience) {
  return { code: error.code, ...error.shownTo(audience), request_id: requestId };
}
