/**
 * Turns for tests, taken as the functions take them: through the two functions, as service_role.
 */
import type postgres from "postgres";
import type { Demand } from "../../supabase/functions/_shared/limits/budget.ts";
import { type Caller, serviceRole, type TestDatabase } from "./test_database.ts";

/** A signed-in user. */
export type Person = Caller & { readonly userId: string };

/** Keys of begin_chat_turn's p_turn; the function has defaults for those left out. */
export interface TurnRequest {
  readonly requestId?: string;
  readonly message?: string;
  readonly conversationId?: string;
  readonly modelId?: string;
  readonly useCase?: string;
  readonly historyTurns?: number;
  readonly historyCharacters?: number;
  readonly staleAfterMs?: number;
  readonly sessionId?: string;
  readonly isAnonymous?: boolean;
  /** The message as blocks of the neutral message model. */
  readonly blocks?: postgres.JSONValue;
  /** What it may ask for at most; left out: nothing is held of limits. */
  readonly demand?: Demand;
  /** The AWS region that the function runs in. */
  readonly functionRegion?: string | null;
}

/** What is held for a run, as the database tells it. */
export interface HeldBudget {
  readonly usd: HeldAllowance | null;
  readonly tokens: HeldAllowance | null;
}

interface HeldAllowance {
  readonly amount: number;
  readonly limit: string;
  readonly retry_after: number | null;
}

/** What begin_chat_turn returns: the context of a turn, or the answer of an earlier call. */
export interface BegunTurn {
  readonly conversation_id: string;
  readonly question_id: string;
  readonly attempt: number;
  readonly answered_turns: number;
  readonly assistant_type: string;
  readonly pinned_model_id: string | null;
  readonly use_case: string | null;
  readonly history: {
    role: string;
    content: string;
    blocks: unknown;
    model_used: string | null;
  }[];
  readonly registry_version: number;
  readonly registry_hash: string;
  readonly budget: HeldBudget | null;
  readonly answer?: StoredAnswer;
}

/** What complete_chat_turn returns. */
export interface StoredAnswer {
  readonly id: string;
  readonly content: string;
  readonly status: string;
  readonly model_used: string | null;
  readonly requested_model: string | null;
  readonly fallback_code: string | null;
  readonly cost_usd: number | null;
  readonly error_code: string | null;
  readonly registry_version: number | null;
  readonly reason: string | null;
}

/** Runs statements as service_role. */
export type RunAs = Pick<TestDatabase, "as">;

export function beginTurn(
  { as }: RunAs,
  person: Person,
  request: TurnRequest = {},
): Promise<BegunTurn> {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.begin_chat_turn(${
      sql.json({
        user_id: person.userId,
        request_id: request.requestId ?? crypto.randomUUID(),
        message: request.message ?? "a question",
        conversation_id: request.conversationId ?? null,
        model_id: request.modelId ?? null,
        use_case: request.useCase ?? null,
        history_turns: request.historyTurns ?? null,
        history_characters: request.historyCharacters ?? null,
        stale_after_ms: request.staleAfterMs ?? null,
        session_id: request.sessionId ?? null,
        is_anonymous: request.isAnonymous ?? null,
        blocks: request.blocks ?? null,
        demand: request.demand ? { ...request.demand } : null,
        function_region: request.functionRegion ?? null,
      })
    }) as turn`;
    return row?.turn;
  });
}

/** Keys of complete_chat_turn's p_end and of its run. */
export interface TurnResult {
  readonly status?: "complete" | "partial" | "failed";
  readonly attempt?: number;
  readonly answerId?: string;
  readonly content?: string;
  readonly model?: string | null;
  readonly requestedModel?: string;
  readonly fallbackCode?: string;
  readonly pinSeen?: string | null;
  readonly movesPin?: boolean;
  readonly reason?: string;
  readonly registryVersion?: number;
  /** Input, output, cache read, cache write, and how many of those written are kept for an hour. */
  readonly tokens?: readonly (number | null)[];
  readonly responseTimeMs?: number;
  readonly errorCode?: string;
  /** Blocks beside the text, in the neutral message model. */
  readonly blocks?: postgres.JSONValue;
  /** More of the run's record, by its keys; also keys that the database does not know. */
  readonly figures?: Readonly<Record<string, postgres.JSONValue>>;
}

export const novaLite = "eu.amazon.nova-lite-v1:0";
export const novaPro = "eu.amazon.nova-pro-v1:0";
export const novaMicro = "eu.amazon.nova-micro-v1:0";
export const sonnet35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";

export function completeTurn(
  { as }: RunAs,
  questionId: string,
  result: TurnResult = {},
): Promise<StoredAnswer> {
  const [input = 100, output = 20, cacheRead = 0, cacheWrite = 0, cacheWrite1h = null] =
    result.tokens ?? [];
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.complete_chat_turn(${
      sql.json({
        question_id: questionId,
        attempt: result.attempt ?? null,
        answer_id: result.answerId ?? null,
        pinned_model_id: result.pinSeen ?? null,
        moves_pin: result.movesPin ?? null,
        content: result.content ?? "an answer",
        blocks: result.blocks ?? null,
        run: {
          status: result.status ?? "complete",
          error_code: result.errorCode ?? null,
          model_id: result.model === undefined ? novaLite : result.model,
          reason: result.reason ?? "assistant",
          requested_model: result.requestedModel ?? null,
          fallback_code: result.fallbackCode ?? null,
          registry_version: result.registryVersion ?? null,
          stop_reason: "end_turn",
          ...result.figures,
          input_tokens: input,
          output_tokens: output,
          cache_read_tokens: cacheRead,
          cache_write_tokens: cacheWrite,
          cache_write_1h_tokens: cacheWrite1h,
          response_time_ms: result.responseTimeMs ?? null,
        },
      })
    }) as answer`;
    return row?.answer;
  });
}

/** A whole turn, with the pin that it was begun under. */
export async function converse(
  database: RunAs,
  person: Person,
  message: string,
  conversationId?: string,
  result: TurnResult = {},
): Promise<{ conversationId: string; turn: BegunTurn; answer: StoredAnswer }> {
  const turn = await beginTurn(database, person, {
    message,
    ...(conversationId !== undefined && { conversationId }),
  });
  const answer = await completeTurn(database, turn.question_id, {
    pinSeen: turn.pinned_model_id,
    registryVersion: turn.registry_version,
    ...result,
  });
  return { conversationId: turn.conversation_id, turn, answer };
}
