/** Turns for tests, taken as the functions take them: through the two functions, as service_role. */
import { type Caller, serviceRole, type TestDatabase } from "./test_database.ts";

/** A signed-in user. */
export type Person = Caller & { readonly userId: string };

/** Arguments of begin_chat_turn by name; what is left out has the function's default. */
export interface TurnRequest {
  readonly requestId?: string;
  readonly message?: string;
  readonly conversationId?: string;
  readonly modelId?: string;
  readonly useCase?: string;
  readonly historyTurns?: number;
  readonly historyCharacters?: number;
  readonly staleAfterMs?: number;
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
    model_used: string | null;
  }[];
  readonly registry_version: number;
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
      select public.begin_chat_turn(
        p_user_id => ${person.userId},
        p_request_id => ${request.requestId ?? crypto.randomUUID()},
        p_message => ${request.message ?? "a question"},
        p_conversation_id => ${request.conversationId ?? null},
        p_model_id => ${request.modelId ?? null},
        p_use_case => ${request.useCase ?? null},
        p_history_turns => ${request.historyTurns ?? 50},
        p_history_characters => ${request.historyCharacters ?? 400_000},
        p_stale_after_ms => ${request.staleAfterMs ?? 120_000}) as turn`;
    return row?.turn;
  });
}

/** Arguments of complete_chat_turn by name. */
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
  /** Input, output, cache read, cache write. */
  readonly tokens?: readonly (number | null)[];
  readonly responseTimeMs?: number;
  readonly errorCode?: string;
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
  const [input = 100, output = 20, cacheRead = 0, cacheWrite = 0] = result.tokens ?? [];
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.complete_chat_turn(
        p_question_id => ${questionId},
        p_status => ${result.status ?? "complete"},
        p_attempt => ${result.attempt ?? null},
        p_answer_id => ${result.answerId ?? null},
        p_content => ${result.content ?? "an answer"},
        p_model_used => ${result.model === undefined ? novaLite : result.model},
        p_requested_model => ${result.requestedModel ?? null},
        p_fallback_code => ${result.fallbackCode ?? null},
        p_moves_pin => ${result.movesPin ?? true},
        p_pinned_model_id => ${result.pinSeen ?? null},
        p_reason => ${result.reason ?? "assistant"},
        p_registry_version => ${result.registryVersion ?? null},
        p_input_tokens => ${input},
        p_output_tokens => ${output},
        p_cache_read_tokens => ${cacheRead},
        p_cache_write_tokens => ${cacheWrite},
        p_response_time_ms => ${result.responseTimeMs ?? null},
        p_stop_reason => 'end_turn',
        p_error_code => ${result.errorCode ?? null}) as answer`;
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
