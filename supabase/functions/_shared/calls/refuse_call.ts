import type { AskedCall, Dialect } from "../dialects/dialect.ts";
import { respondJson, shownError } from "../http/respond.ts";
import type { RequestContext } from "../http/serve.ts";
import { idHeaders } from "./call_headers.ts";

/** An error as the clients of the dialect read it. */
export function refuseCall<Asked extends AskedCall>(
  dialect: Dialect<Asked>,
  error: unknown,
  { audience, requestId }: RequestContext,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const described = dialect.describeError(shownError(error), audience, requestId);
  return respondJson(described.body, described.status, {
    ...idHeaders(requestId),
    ...headers,
    ...described.headers,
  });
}
