import { type ChatRequest, chatRequestSchema } from "../_shared/contract/chat_request.ts";
import type { Turn } from "../_shared/conversations/turn.ts";
import type { TurnRequest } from "../_shared/conversations/turn_options.ts";
import { AppError, type Audience } from "../_shared/core/app_error.ts";
import type { JsonObject } from "../_shared/formats/model_format.ts";
import { requireFitting } from "../_shared/formats/prepare_tools.ts";
import type { Caller, UserCaller } from "../_shared/http/authenticate.ts";
import { respondEventStream } from "../_shared/http/event_stream.ts";
import { type LargeBodies, largestBody } from "../_shared/http/read_body.ts";
import { readJson } from "../_shared/http/read_json.ts";
import { respondError, respondJson } from "../_shared/http/respond.ts";
import type { Handler } from "../_shared/http/serve.ts";
import { whenGone } from "../_shared/http/when_gone.ts";
import type { RegionGuard } from "../_shared/registry/function_region.ts";
import { readerStallMs } from "../_shared/runs/reader_stall.ts";
import type { ObjectStore } from "../_shared/media/object_store.ts";
import { compileOutputSchema } from "../_shared/runs/output_check.ts";
import { chatEvents } from "./chat_events.ts";
import { chatResponse } from "./chat_response.ts";
import { readContent, textContent } from "./read_content.ts";
import { requireUser } from "./require_user.ts";

export interface ChatDependencies {
  readonly authenticate: (request: Request) => Promise<Caller>;
  /** Refuses before the body is read where the function must not run. */
  readonly requireAllowedRegion: RegionGuard;
  /** @throws {AppError} why the turn is refused */
  readonly beginTurn: (request: TurnRequest, startedAt: number) => Promise<Turn>;
  /** Where the media of messages lie. */
  readonly objects: Pick<ObjectStore, "read">;
  /** Whether a user is a platform admin, who reads what errors tell operators. */
  readonly isOperator: (userId: string) => Promise<boolean>;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Lets work go on after the response; the work handles its own failures. */
  readonly continueInBackground: (work: Promise<void>) => void;
}

/** Answers a signed-in user's message. */
export function createChatHandler(dependencies: ChatDependencies): Handler {
  const { authenticate, requireAllowedRegion, beginTurn, objects, isOperator, now } = dependencies;
  const { continueInBackground } = dependencies;
  return async (request, context) => {
    const startedAt = now();
    const user = requireUser(await authenticate(request));
    await requireAllowedRegion();
    const audienceOf = (error: unknown) => readerOf(error, user.userId, isOperator);
    const bodyAt = now();
    const body = await readJson(request, chatRequestSchema, {
      large: largeBodies,
    });
    // A large body takes its sender's time, not the turn's.
    const begunAt = startedAt + now() - bodyAt;
    const requestId = context.requestId = body.request_id ?? context.requestId;
    try {
      const turn = await beginTurn({
        ...await turnRequest(body, user, requestId, objects),
        trace: context.trace,
      }, begunAt);
      const showsThinking = body.thinking ?? false;
      const asked = { turn, requestId, showsThinking, audienceOf, continueInBackground };
      return body.stream
        ? await streamAnswer(asked, request.signal)
        : await answerAtOnce(asked, request);
    } catch (error) {
      context.audience = await audienceOf(error);
      throw error;
    }
  };
}

/** Callers are verified before their body is read, so each may send a large one. */
export const largeBodies: LargeBodies = {
  ...largestBody,
  admit: () => Promise.resolve(),
};

async function turnRequest(
  body: ChatRequest,
  { userId, sessionId, isAnonymous, accessToken }: UserCaller,
  requestId: string,
  objects: Pick<ObjectStore, "read">,
): Promise<TurnRequest> {
  // Refused before anything is stored.
  if (body.output_schema) compileOutputSchema(body.output_schema as JsonObject);
  const tools = body.tools?.map(({ name, description, input_schema: inputSchema }) => ({
    name,
    description: description ?? null,
    inputSchema,
  }));
  requireFitting(tools ?? []);
  const content = body.content
    ? await readContent(body.content, { userId, accessToken }, objects)
    : textContent(body.message ?? "");
  return {
    ...content,
    userId,
    sessionId,
    isAnonymous,
    accessToken,
    requestId,
    conversationId: body.conversation_id ?? null,
    modelId: body.model_id ?? null,
    useCase: body.use_case ?? null,
    fallback: body.fallback ?? true,
    onDisconnect: body.on_disconnect ?? null,
    effort: body.effort ?? null,
    showThinking: body.thinking ?? false,
    ...(tools && { tools }),
    ...(body.tool_choice && { toolChoice: body.tool_choice }),
    ...(body.output_schema && {
      outputSchema: {
        name: "answer",
        description: null,
        schema: body.output_schema as JsonObject,
      },
    }),
  };
}

/** A turn and how its caller is answered. */
interface AskedTurn extends Pick<ChatDependencies, "continueInBackground"> {
  readonly turn: Turn;
  readonly requestId: string;
  /** Whether the words of the model's thinking are shown. */
  readonly showsThinking: boolean;
  readonly audienceOf: (error: unknown) => Promise<Audience>;
}

async function answerAtOnce(asked: AskedTurn, request: Request): Promise<Response> {
  const { turn, requestId, showsThinking, audienceOf, continueInBackground } = asked;
  const answer = turn.answer(() => whenGone(request.signal).signal);
  // A caller who hangs up need not end the turn: the answer is paid for, and can be asked for.
  continueInBackground(answer.then(() => {}, () => {}));
  try {
    return respondJson(chatResponse(await answer, requestId, showsThinking));
  } catch (error) {
    // Already in the log, as the turn's end.
    return respondError(error, requestId, await audienceOf(error));
  }
}

async function streamAnswer(asked: AskedTurn, hungUp: AbortSignal): Promise<Response> {
  const { turn, continueInBackground } = asked;
  const gone = whenGone(hungUp);
  const response = respondEventStream(
    chatEvents(turn.stream(gone.signal), asked),
    { stalledMs: readerStallMs, onCancel: gone.leave, continueInBackground },
  );
  if (!hungUp.aborted) return response;
  // Nothing would read it, and a turn that has begun has to end.
  await response.body?.cancel();
  return new Response(null, { status: new AppError("client_disconnected").status });
}

/**
 * Who reads an error. Looked up only where it makes a difference, and when the turn has failed
 * already: it costs a turn that succeeds nothing. Who cannot be looked up is a user, and a database
 * that is unreachable is not asked: that would double the wait.
 */
async function readerOf(
  error: unknown,
  userId: string,
  isOperator: ChatDependencies["isOperator"],
): Promise<Audience> {
  if (
    error instanceof AppError &&
    (error.audience === "user" || error.code === "database_unavailable")
  ) {
    return "user";
  }
  try {
    return await isOperator(userId) ? "operator" : "user";
  } catch {
    return "user";
  }
}
