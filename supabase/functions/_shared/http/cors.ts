import { corsHeaders } from "@supabase/supabase-js/cors";

// supabase-js sends x-region where a caller chooses the function's region, but does not list it;
// traceparent and tracestate come with a page's own tracing.
const allowedHeaders = `${
  corsHeaders["Access-Control-Allow-Headers"]
}, x-region, traceparent, tracestate`;

/** What a page may read of an answer's head. */
const exposedHeaders = [
  ...["retry-after", "x-request-id", "request-id", "x-should-retry"],
  ...["model", "reason", "registry-version", "requested-model", "fallback-code", "ignored"]
    .map((name) => `x-switchboard-${name}`),
  ...["x-switchboard-answer-tokens-left", "x-switchboard-token-count"],
  ...["generated", "generated-at", "function-region", "prompt-hash"]
    .map((name) => `x-switchboard-${name}`),
];

/** Sent with every answer, errors too, so that a browser lets the app read it. */
export const crossOriginHeaders: Readonly<Record<string, string>> = {
  ...corsHeaders,
  "Access-Control-Allow-Headers": allowedHeaders,
  "Access-Control-Expose-Headers": exposedHeaders.join(", "),
};

/** Browsers cut it to their own limit, two hours or less. */
const preflightSeconds = 86_400;

/**
 * The answer to a browser's preflight, which is not authenticated. Whatever headers the page wants to
 * send are allowed: the clients of the dialects send a dozen of their own, and none of them proves
 * anything.
 */
export function answerPreflight(request: Request): Response {
  const wanted = request.headers.get("access-control-request-headers");
  const headers = {
    ...crossOriginHeaders,
    ...(wanted !== null && { "Access-Control-Allow-Headers": wanted }),
    "Access-Control-Max-Age": String(preflightSeconds),
    "Vary": "Access-Control-Request-Headers",
  };
  return new Response(null, { status: 204, headers });
}
