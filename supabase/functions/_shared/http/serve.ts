import { AppError, type Audience } from "../core/app_error.ts";
import { describeCauses, type Log } from "../runtime/log.ts";
import { answerPreflight } from "./cors.ts";
import { respondError } from "./respond.ts";

/** What a handler and the frame around it share about a request. */
export interface RequestContext {
  /** Names the request in logs and errors; the caller's own id, once it has been read. */
  requestId: string;
  /** Who reads its errors: a user, until the caller is known to be an operator. */
  audience: Audience;
}

/** Answers one request. */
export type Handler = (
  request: Request,
  context: RequestContext,
) => Promise<Response>;

/** The handlers of a function, by the path below its name (`""`: the name alone) and the method. */
export type Routes = Readonly<
  Record<string, Readonly<Partial<Record<"GET" | "POST", Handler>>>>
>;

/** The first segment of the path is the function's name; it may be deployed under any name. */
const pathOfFunction = /^\/([^/]+)(.*?)\/?$/;

/** What a function can be called; any other is a caller's text. */
const nameOfFunction = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/**
 * The frame around handlers: preflight, path, method, and the one place where an error becomes an
 * answer.
 */
export function serve(routes: Routes, log: Log): (request: Request) => Promise<Response> {
  const handlers = new Map(
    Object.entries(routes).map(([path, methods]) => [path, new Map(Object.entries(methods))]),
  );
  return async (request) => {
    const context: RequestContext = { requestId: crypto.randomUUID(), audience: "user" };
    const { pathname } = new URL(request.url);
    const [, segment = "", path] = pathOfFunction.exec(pathname) ?? [];
    const name = nameOfFunction.test(segment) ? segment : "";
    let allowed: string[] = [];
    try {
      if (request.method === "OPTIONS") return answerPreflight();
      const methods = path === undefined ? undefined : handlers.get(path);
      if (methods === undefined) {
        throw new AppError("not_found", undefined, {
          logged: `Not found: a path of ${pathname.length} characters.`,
          hint: `Paths: ${
            [...handlers.keys()].map((known) => `/functions/v1/${name}${known}`).join(", ")
          }.`,
        });
      }
      allowed = [...methods.keys()];
      const handler = methods.get(request.method);
      if (handler === undefined) {
        throw new AppError(
          "method_not_allowed",
          `Method not allowed. Send ${allowed.join(" or ")}.`,
        );
      }
      return await handler(request, context);
    } catch (error) {
      const code = error instanceof AppError ? error.code : "internal_error";
      log("request-failed", {
        function: name,
        request_id: context.requestId,
        code,
        detail: describeCauses(error),
      });
      const response = respondError(error, context.requestId, context.audience);
      if (response.status === 405) {
        response.headers.set("allow", [...allowed, "OPTIONS"].join(", "));
      }
      return response;
    }
  };
}
