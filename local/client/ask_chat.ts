import {
  FunctionsFetchError,
  FunctionsHttpError,
  type SupabaseClient,
} from "@supabase/supabase-js";
import {
  type ChatAnswer as ContractAnswer,
  chatAnswerSchema,
} from "../../supabase/functions/_shared/contract/chat_answer.ts";
import type { ChatRequest } from "../../supabase/functions/_shared/contract/chat_request.ts";
import { errorAnswerSchema } from "../../supabase/functions/_shared/contract/errors.ts";
import { ClientError } from "./client_error.ts";

/**
 * An answer of `chat`, and the same as it came, with the fields that this version does not know.
 */
export type ChatAnswer = ContractAnswer & { readonly raw: unknown };

/** How to ask. */
export interface AskOptions {
  /** The function's name in this project; `chat`, unless it was installed under another. */
  readonly chatName?: string;
  /** Gives up waiting; the turn itself may still be answered and stored. */
  readonly signal?: AbortSignal | undefined;
}

/** Most time for a turn; more than the function allows itself. */
const turnWithinMs = 90_000;

/**
 * Asks the function `chat` as the signed-in user.
 *
 * @throws {ClientError} with the message and the hint of the function, or about the connection.
 */
export async function askChat(
  client: SupabaseClient,
  request: ChatRequest,
  { chatName = "chat", signal }: AskOptions = {},
): Promise<ChatAnswer> {
  const timeout = AbortSignal.timeout(turnWithinMs);
  const { data, error } = await client.functions.invoke(chatName, {
    body: { ...request },
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  if (error !== null) {
    signal?.throwIfAborted();
    if (timeout.aborted) {
      throw new ClientError(`chat did not answer within ${turnWithinMs / 1000} seconds.`);
    }
    throw await toClientError(error);
  }
  const answer = chatAnswerSchema.safeParse(data);
  if (!answer.success) {
    throw new ClientError("The answer is not from this project's chat function.");
  }
  return { ...answer.data, raw: data };
}

async function toClientError(error: unknown): Promise<ClientError> {
  if (error instanceof FunctionsFetchError) {
    return new ClientError(
      "The connection broke before chat answered; check that the stack is running.",
    );
  }
  if (!(error instanceof FunctionsHttpError)) return new ClientError(String(error));
  const response: Response = error.context;
  const body = errorAnswerSchema.safeParse(await response.json().catch(() => undefined));
  if (!body.success) return new ClientError(`chat answered with HTTP ${response.status}.`);
  const { code, message, hint } = body.data.error;
  return new ClientError(`${message} (${code})${hint === undefined ? "" : `\n${hint}`}`);
}
