import { type CallParts, createCalls } from "../_shared/calls/create_calls.ts";
import { AppError } from "../_shared/core/app_error.ts";
import { openaiDialect } from "../_shared/dialects/openai/openai.ts";
import { type Handler, serve } from "../_shared/http/serve.ts";
import { logToConsole } from "../_shared/runtime/log.ts";

/** Puts the function together, wherever calls begin. */
export function createOpenai(parts: CallParts): { fetch(request: Request): Promise<Response> } {
  const { answer, listModels, describeModel, answerError } = createCalls(openaiDialect, parts);
  const responses = absent(
    "The Responses API is not served.",
    "Use Chat Completions (POST …/v1/chat/completions): in the AI SDK `openai.chat(model)` in place " +
      "of `openai(model)`, in LangChain no `useResponsesApi`.",
  );
  const embeddings = absent(
    "Embeddings are not served.",
    "Call an embedding model of Amazon Bedrock directly.",
  );
  return {
    fetch: serve(
      {
        "/v1/chat/completions": { POST: answer },
        "/v1/models": { GET: listModels },
        "/v1/models/*": { GET: describeModel },
      },
      logToConsole,
      answerError,
      {
        "/v1/responses": { GET: responses, POST: responses },
        "/v1/responses/*": { GET: responses, POST: responses },
        "/v1/embeddings": { POST: embeddings },
      },
    ),
  };
}

/** What clients call by default and is not there. */
function absent(message: string, hint: string): Handler {
  return () => Promise.reject(new AppError("not_found", message, { hint }));
}
