import type { TurnRunner } from "../_shared/conversations/turn_runner.ts";
import { AppError } from "../_shared/core/app_error.ts";
import type { Caller } from "../_shared/http/authenticate.ts";
import type { Log } from "../_shared/http/log.ts";
import { readJson } from "../_shared/http/read_json.ts";
import { respondJson } from "../_shared/http/respond.ts";
import type { Handler } from "../_shared/http/serve.ts";
import { chatRequestSchema } from "./chat_request.ts";
import { chatResponse } from "./chat_response.ts";

export interface ChatDependencies {
  readonly authenticate: (request: Request) => Promise<Caller>;
  readonly turns: TurnRunner;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** Answers a signed-in user's message. */
export function createChatHandler({ authenticate, turns, now, log }: ChatDependencies): Handler {
  return async (request, context) => {
    const startedAt = now();
    const caller = await authenticate(request);
    if (caller.kind !== "user") {
      throw new AppError("forbidden", "A conversation belongs to a user; a secret key has none.", {
        hint: "Send a signed-in user's access token.",
      });
    }
    const body = await readJson(request, chatRequestSchema);
    const requestId = context.requestId = body.request_id ?? context.requestId;
    const turn = await turns.run({
      userId: caller.userId,
      requestId,
      text: body.message,
      conversationId: body.conversation_id ?? null,
      modelId: body.model_id ?? null,
      useCase: body.use_case ?? null,
    }, startedAt);
    const { answer } = turn;
    log("turn-completed", {
      request_id: requestId,
      conversation_id: turn.conversationId,
      message_id: answer.id,
      model_id: answer.model_used,
      reason: answer.reason,
      registry_version: answer.registry_version,
      registry_stale: turn.registryStale,
      repeated: turn.repeated,
      input_tokens: answer.input_tokens,
      output_tokens: answer.output_tokens,
      cost_usd: answer.cost_usd,
      response_time_ms: answer.response_time_ms,
    });
    return respondJson(chatResponse(turn, requestId));
  };
}
