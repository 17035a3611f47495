import { corsHeaders } from "@supabase/supabase-js/cors";

/** Sent with every answer, errors too, so that a browser lets the app read it. */
export const crossOriginHeaders: Readonly<Record<string, string>> = {
  ...corsHeaders,
  // supabase-js sends it where a caller chooses the function's region, but does not list it.
  "Access-Control-Allow-Headers": `${corsHeaders["Access-Control-Allow-Headers"]}, x-region`,
  "Access-Control-Expose-Headers": "retry-after",
};

/** Browsers cut it to their own limit, two hours or less. */
const preflightSeconds = 86_400;

/** The answer to a browser's preflight, which is not authenticated. */
export function answerPreflight(): Response {
  const headers = { ...crossOriginHeaders, "Access-Control-Max-Age": String(preflightSeconds) };
  return new Response(null, { status: 204, headers });
}
