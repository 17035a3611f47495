import { corsHeaders } from "@supabase/supabase-js/cors";

/** Sent with every answer, errors too, so that a browser lets the app read it. */
export const crossOriginHeaders: Readonly<Record<string, string>> = corsHeaders;

/** The answer to a browser's preflight, which is not authenticated. */
export function answerPreflight(): Response {
  return new Response(null, { status: 204, headers: crossOriginHeaders });
}
