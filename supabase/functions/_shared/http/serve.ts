import { AppError, type Audience } from "../core/app_error.ts";
import { describeCauses, type Log } from "../runtime/log.ts";
import { readTraceparent, type TraceContext } from "../runtime/trace_context.ts";
import { answerPreflight } from "./cors.ts";
import { respondError } from "./respond.ts";

/** What a handler and the frame around it share about a request. */
export interface RequestContext {
  /** Names the request in logs and errors; the caller's own id, once it has been read. */
  requestId: string;
  /** Who reads its errors: a user, until the caller is known to be an operator. */
  audience: Audience;
  /** The caller's place in a trace, for log lines; null: none, or not a valid one. */
  readonly trace: TraceContext | null;
  /** What stands for the `*` of the route, decoded; empty where the route has none. */
  readonly rest: string;
}

/** Answers one request. */
export type Handler = (
  request: Request,
  context: RequestContext,
) => Promise<Response>;

type Method = "GET" | "HEAD" | "POST";

/**
 * The handlers of a function, by the path below its name (`""`: the name alone) and the method. A
 * path that ends in `/*` takes whatever stands there, with slashes too.
 */
export type Routes = Readonly<Record<string, Readonly<Partial<Record<Method, Handler>>>>>;

/** Makes the answer to a request that failed. */
export type AnswerError = (error: unknown, context: RequestContext) => Response;

/** The first segment of the path is the function's name; it may be deployed under any name. */
const pathOfFunction = /^\/([^/]+)(.*?)\/?$/;

/** What a function can be called; any other is a caller's text. */
const nameOfFunction = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** The methods of a path, and what stands for its `*`. */
interface Found {
  readonly methods: ReadonlyMap<string, Handler>;
  readonly rest: string;
}

/**
 * The frame around handlers: preflight, path, method, and the one place where an error becomes an
 * answer.
 *
 * @param answerError default: the envelope of `respondError`
 * @param notServed what clients call and is not there, with words of its own; hints do not list it
 */
export function serve(
  routes: Routes,
  log: Log,
  answerError: AnswerError = inEnvelope,
  notServed: Routes = {},
): (request: Request) => Promise<Response> {
  const handlers = new Map(
    Object.entries({ ...routes, ...notServed })
      .map(([path, methods]) => [path, new Map(Object.entries(methods))]),
  );
  return async (request) => {
    if (request.method === "OPTIONS") return answerPreflight(request);
    const { pathname } = new URL(request.url);
    const [, segment = "", path] = pathOfFunction.exec(pathname) ?? [];
    const name = nameOfFunction.test(segment) ? segment : "";
    const found = path === undefined ? null : find(handlers, path);
    const context: RequestContext = {
      requestId: crypto.randomUUID(),
      audience: "user",
      trace: readTraceparent(request.headers.get("traceparent")),
      rest: found?.rest ?? "",
    };
    const allowed = [...found?.methods.keys() ?? []];
    try {
      if (found === null) throw pathNotFound(pathname, name, Object.keys(routes));
      const handler = found.methods.get(request.method);
      if (handler !== undefined) return await handler(request, context);
      throw new AppError("method_not_allowed", `Method not allowed. Send ${allowed.join(" or ")}.`);
    } catch (error) {
      const code = error instanceof AppError ? error.code : "internal_error";
      log("request-failed", {
        function: name,
        request_id: context.requestId,
        ...context.trace,
        code,
        detail: describeCauses(error),
      });
      const response = answerError(error, context);
      if (response.status === 405) {
        response.headers.set("allow", [...allowed, "OPTIONS"].join(", "));
      }
      return response;
    }
  };
}

function inEnvelope(error: unknown, { requestId, audience }: RequestContext): Response {
  return respondError(error, requestId, audience);
}

function find(
  handlers: ReadonlyMap<string, ReadonlyMap<string, Handler>>,
  path: string,
): Found | null {
  const methods = handlers.get(path);
  if (methods !== undefined && !path.endsWith("/*")) return { methods, rest: "" };
  for (const [route, methods] of handlers) {
    if (!route.endsWith("/*") || !path.startsWith(route.slice(0, -1))) continue;
    const rest = decoded(path.slice(route.length - 1));
    if (rest) return { methods, rest };
  }
  return null;
}

/** Null for what no encoder writes. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function pathNotFound(pathname: string, name: string, known: readonly string[]): AppError {
  return new AppError("not_found", undefined, {
    logged: `Not found: a path of ${pathname.length} characters.`,
    hint: `Paths: ${known.map((path) => `/functions/v1/${name}${path}`).join(", ")}.`,
  });
}
