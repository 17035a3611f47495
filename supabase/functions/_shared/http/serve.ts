import { AppError } from "../core/app_error.ts";
import { answerPreflight } from "./cors.ts";
import { describeCauses, type Log } from "./log.ts";
import { respondError } from "./respond.ts";

/** What a handler and the frame around it know of a request together. */
export interface RequestContext {
  /** Names the request in logs and errors; the caller's own id, once it has been read. */
  requestId: string;
}

/** Answers one POST request. */
export type Handler = (
  request: Request,
  context: RequestContext,
) => Promise<Response>;

/**
 * The frame around a handler: preflight, method, path, and the one place where an error becomes an
 * answer. `name` is the function's, the first segment of the path.
 */
export function serve(
  name: string,
  handler: Handler,
  log: Log,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const context: RequestContext = { requestId: crypto.randomUUID() };
    try {
      if (request.method === "OPTIONS") return answerPreflight();
      const { pathname } = new URL(request.url);
      if (pathname.replace(/\/$/, "") !== `/${name}`) {
        throw new AppError("not_found", `There is nothing at ${pathname}.`, {
          hint: `Send POST requests to /functions/v1/${name}.`,
        });
      }
      if (request.method !== "POST") throw new AppError("method_not_allowed");
      return await handler(request, context);
    } catch (error) {
      const code = error instanceof AppError ? error.code : "internal_error";
      log("request-failed", {
        function: name,
        request_id: context.requestId,
        code,
        detail: describeCauses(error),
      });
      return respondError(error, context.requestId);
    }
  };
}
