import { createCountHandler } from "../_shared/calls/count_call.ts";
import { type CallParts, createCalls } from "../_shared/calls/create_calls.ts";
import { anthropicDialect } from "../_shared/dialects/anthropic/anthropic.ts";
import { readCountRequest } from "../_shared/dialects/anthropic/read_request.ts";
import { crossOriginHeaders } from "../_shared/http/cors.ts";
import { type Handler, serve } from "../_shared/http/serve.ts";
import { logToConsole } from "../_shared/runtime/log.ts";

/** Puts the function together, wherever calls begin. */
export function createAnthropic(parts: CallParts): { fetch(request: Request): Promise<Response> } {
  const { answer, listModels, describeModel, answerError, options } = createCalls(
    anthropicDialect,
    parts,
  );
  const countTokens = createCountHandler(anthropicDialect.surface, readCountRequest, options);
  return {
    fetch: serve(
      {
        "": { GET: answerProbe, HEAD: answerProbe },
        "/v1/messages": { POST: answer },
        "/v1/messages/count_tokens": { POST: countTokens },
        "/v1/models": { GET: listModels },
        "/v1/models/*": { GET: describeModel },
      },
      logToConsole,
      answerError,
    ),
  };
}

/** Coding tools ask for the base URL before they send anything; any answer will do. */
const answerProbe: Handler = () =>
  Promise.resolve(new Response(null, { status: 204, headers: crossOriginHeaders }));
