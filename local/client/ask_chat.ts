import {
  FunctionsFetchError,
  FunctionsHttpError,
  type SupabaseClient,
} from "@supabase/supabase-js";
import { z } from "zod";
import { ClientError } from "./client_error.ts";

/** What is sent to `chat`; what is left out is the function's to decide. */
export interface ChatRequest {
  readonly message: string;
  readonly conversation_id?: string | undefined;
  readonly model_id?: string | undefined;
  readonly use_case?: string | undefined;
}

const chatAnswerSchema = z.object({
  conversation_id: z.string(),
  message: z.object({ content: z.string() }),
  model: z.object({ model_id: z.string(), model_name: z.string(), reason: z.string() }),
  usage: z.object({
    /** Tokens; null where the model did not say. */
    input_tokens: z.number().nullable(),
    output_tokens: z.number().nullable(),
    cache_read_tokens: z.number().nullable(),
    cache_write_tokens: z.number().nullable(),
    /** Null where a price or a count is not known. */
    cost_usd: z.number().nullable(),
  }),
  registry_version: z.number(),
  /** Set when the registry could not be read and the last one was used. */
  registry: z.literal("stale").optional(),
  response_time_ms: z.number(),
});

/** The part of an answer of `chat` that is shown, and the answer as it came. */
export type ChatAnswer = z.infer<typeof chatAnswerSchema> & { readonly raw: unknown };

const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});

/** Most time for a turn; more than the function allows itself. */
const turnWithinMs = 90_000;

/**
 * Asks the function `chat` as the signed-in user.
 *
 * @param signal gives up waiting; the turn itself may still be answered and stored.
 * @throws {ClientError} with the message and the hint of the function, or about the connection.
 */
export async function askChat(
  client: SupabaseClient,
  request: ChatRequest,
  signal?: AbortSignal,
): Promise<ChatAnswer> {
  const timeout = AbortSignal.timeout(turnWithinMs);
  const { data, error } = await client.functions.invoke("chat", {
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
    throw new ClientError("What answered is not the function chat of this project.");
  }
  return { ...answer.data, raw: data };
}

async function toClientError(error: unknown): Promise<ClientError> {
  if (error instanceof FunctionsFetchError) {
    return new ClientError(
      "The connection broke before chat answered; is the stack still running?",
    );
  }
  if (!(error instanceof FunctionsHttpError)) return new ClientError(String(error));
  const response: Response = error.context;
  const body = errorSchema.safeParse(await response.json().catch(() => undefined));
  if (!body.success) return new ClientError(`chat answered with HTTP ${response.status}.`);
  const { code, message, hint } = body.data.error;
  return new ClientError(`${message} (${code})${hint === undefined ? "" : `\n${hint}`}`);
}
