import { z } from "zod";
import type { Fallback } from "../bedrock/model_attempts.ts";
import { AppError, type ErrorCode } from "../core/app_error.ts";
import type { ContentBlock, Message } from "../core/content.ts";
import { isPlainText, textOf } from "../core/content.ts";
import type { ModelAnswer, Usage } from "../core/answer.ts";
import type { Json } from "../database.types.ts";
import { toDatabaseError } from "../database/database_error.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import type { PartialAnswer } from "../formats/stream_decoder.ts";
import type { SelectionReason } from "../selection/selection.ts";
import { storableText } from "./storable_text.ts";
import { contentBlocksSchema } from "./stored_blocks.ts";

/** What a caller asks. Identity comes from the verified token. */
export interface Question {
  readonly userId: string;
  readonly requestId: string;
  readonly text: string;
  readonly conversationId: string | null;
  readonly modelId: string | null;
  readonly useCase: string | null;
  /** Turns of history to return, newest kept. */
  readonly historyTurns: number;
  /** Characters of history to return at most, newest turns kept. */
  readonly historyCharacters: number;
  /** A turn that has been pending for longer is taken up again, in milliseconds. */
  readonly staleAfterMs: number;
}

const storedAnswerSchema = z.object({
  id: z.string(),
  content: z.string(),
  status: z.enum(["complete", "partial", "failed"]),
  model_used: z.string().nullable(),
  /** The model's present name, or its id when it has left the registry. */
  model_name: z.string().nullable(),
  /** With a fallback, the model that should have answered, and the code of why it did not. */
  requested_model: z.string().nullable(),
  fallback_code: z.string().nullable(),
  reason: z.string().nullable(),
  input_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
  cache_read_tokens: z.number().nullable(),
  cache_write_tokens: z.number().nullable(),
  cost_usd: z.number().nullable(),
  response_time_ms: z.number().nullable(),
  time_to_first_token_ms: z.number().nullable(),
  stop_reason: z.string().nullable(),
  error_code: z.string().nullable(),
  registry_version: z.number().nullable(),
  created_at: z.string(),
});

/** An answer as it is stored, with its figures. */
export type StoredAnswer = Readonly<z.infer<typeof storedAnswerSchema>>;

const historySchema = z.array(z.object({
  role: z.enum(["user", "assistant"]),
  content: z.string(),
  blocks: contentBlocksSchema.nullable(),
  model_used: z.string().nullable(),
}));

const begunTurnSchema = z.object({
  conversation_id: z.string(),
  question_id: z.string(),
  attempt: z.number(),
  answered_turns: z.number(),
  assistant_type: z.string(),
  pinned_model_id: z.string().nullable(),
  use_case: z.string().nullable(),
  history: historySchema,
  registry_version: z.number(),
});

const answeredTurnSchema = z.object({
  conversation_id: z.string(),
  answer: storedAnswerSchema,
});

// Once for all calls: to make a schema takes longer than to use it.
const takenTurnSchema = z.union([begunTurnSchema, answeredTurnSchema]);
const endedTurnSchema = storedAnswerSchema.nullable();

/** A turn that has begun: its question is stored, its answer is owed. */
export interface BegunTurn {
  readonly kind: "begun";
  readonly conversationId: string;
  readonly questionId: string;
  /** From 1; more when the turn was taken up again. */
  readonly attempt: number;
  readonly assistantType: string;
  readonly pinnedModelId: string | null;
  readonly useCase: string | null;
  readonly history: readonly Message[];
  /** Turns of the conversation that have an answer, in the history or not. */
  readonly answeredTurns: number;
  readonly registryVersion: number;
}

/** A turn that an earlier call with the same request id has ended. */
export interface AnsweredTurn {
  readonly kind: "answered";
  readonly conversationId: string;
  readonly answer: StoredAnswer;
}

/** What came of a turn. */
export type TurnOutcome =
  | { readonly kind: "complete"; readonly answer: ModelAnswer }
  /** The answer was cut short; what had come is kept. */
  | {
    readonly kind: "partial";
    readonly answer: PartialAnswer;
    readonly errorCode: ErrorCode;
  }
  /** No answer came; `usage` is what the model told before it broke off, null if nothing. */
  | { readonly kind: "failed"; readonly errorCode: ErrorCode; readonly usage: Usage | null };

/** How a turn ended, as far as it is known. */
export interface TurnEnd {
  readonly questionId: string;
  readonly attempt: number;
  /** The id that the answer gets. */
  readonly answerId: string;
  /** The pin that the model was chosen under. */
  readonly pinnedModelId: string | null;
  /** Whether the pin cannot answer any more, so that the answering model takes its place. */
  readonly movesPin: boolean;
  readonly modelId: string | null;
  readonly reason: SelectionReason | null;
  readonly fallback: Fallback | null;
  readonly registryVersion: number;
  readonly responseTimeMs: number;
  readonly timeToFirstTokenMs: number | null;
  readonly outcome: TurnOutcome;
}

/** The turns of conversations, in Postgres. */
export class TurnStore {
  readonly #database: RpcClient;

  constructor(database: RpcClient) {
    this.#database = database;
  }

  /**
   * Stores a question as pending and returns what the turn needs. With a `requestId` that has been
   * used before, the answer of that turn.
   *
   * @throws {AppError} what `begin_chat_turn` refuses, leaving no row; `database_unavailable`
   */
  async begin(question: Question): Promise<BegunTurn | AnsweredTurn> {
    const { data, error, status } = await this.#database.rpc(
      "begin_chat_turn",
      {
        p_turn: {
          user_id: question.userId,
          request_id: question.requestId,
          message: question.text,
          conversation_id: question.conversationId,
          model_id: question.modelId,
          use_case: question.useCase,
          history_turns: question.historyTurns,
          history_characters: question.historyCharacters,
          stale_after_ms: question.staleAfterMs,
        },
      },
    );
    if (error) throw toDatabaseError({ error, status });
    const turn = parse(takenTurnSchema, data);
    if ("answer" in turn) {
      return {
        kind: "answered",
        conversationId: turn.conversation_id,
        answer: turn.answer,
      };
    }
    return {
      kind: "begun",
      conversationId: turn.conversation_id,
      questionId: turn.question_id,
      attempt: turn.attempt,
      answeredTurns: turn.answered_turns,
      assistantType: turn.assistant_type,
      pinnedModelId: turn.pinned_model_id,
      useCase: turn.use_case,
      history: turn.history.map(toMessage),
      registryVersion: turn.registry_version,
    };
  }

  /**
   * Stores how a turn ended. May be repeated: what was stored first stays.
   *
   * @returns what is stored, with the cost at the prices of the moment; null for the failure of an
   * attempt that another has superseded
   * @throws {AppError} `database_unavailable`, `database_error`
   */
  async complete(end: TurnEnd): Promise<StoredAnswer | null> {
    const { data, error, status } = await this.#database.rpc(
      "complete_chat_turn",
      {
        p_end: {
          question_id: end.questionId,
          attempt: end.attempt,
          answer_id: end.answerId,
          pinned_model_id: end.pinnedModelId,
          moves_pin: end.movesPin,
          ...storedContent(end.outcome),
          run: {
            model_id: end.modelId,
            reason: end.reason,
            requested_model: end.fallback?.requestedModelId ?? null,
            fallback_code: end.fallback?.code ?? null,
            registry_version: end.registryVersion,
            response_time_ms: end.responseTimeMs,
            time_to_first_token_ms: end.timeToFirstTokenMs,
            ...runOutcome(end.outcome),
          },
        },
      },
    );
    if (error) throw toDatabaseError({ error, status });
    return parse(endedTurnSchema, data);
  }
}

function runOutcome(outcome: TurnOutcome) {
  switch (outcome.kind) {
    case "failed":
      return {
        status: outcome.kind,
        error_code: outcome.errorCode,
        ...(outcome.usage !== null && counts(outcome.usage)),
      };
    case "partial":
      return {
        status: outcome.kind,
        error_code: outcome.errorCode,
        ...counts(outcome.answer.usage),
      };
    case "complete":
      return {
        status: outcome.kind,
        stop_reason: outcome.answer.stopReason,
        ...counts(outcome.answer.usage),
      };
    default:
      return outcome satisfies never;
  }
}

function storedContent(outcome: TurnOutcome) {
  if (outcome.kind === "failed") return {};
  const { blocks } = outcome.answer;
  return {
    content: storableText(textOf(blocks)),
    ...(!isPlainText(blocks) && { blocks: storableBlocks(blocks) }),
  };
}

function counts(usage: Usage) {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
  };
}

/** The blocks as JSON that Postgres can store. */
function storableBlocks(blocks: readonly ContentBlock[]): Json {
  return JSON.parse(JSON.stringify(
    blocks,
    (_key, value) => typeof value === "string" ? storableText(value) : value,
  ));
}

function toMessage(row: z.infer<typeof historySchema>[number]): Message {
  return {
    role: row.role,
    blocks: row.blocks ?? [{ type: "text", text: row.content }],
    modelId: row.model_used,
  };
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new AppError(
    "database_error",
    "The database answered in a shape that is not known.",
    {
      hint: "Apply the migrations that belong to this version of the functions.",
      cause: parsed.error,
    },
  );
}
