import { z } from "zod";
import type { ContentBlock, Message } from "../core/content.ts";
import type { Json } from "../database.types.ts";
import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import { type Budget, budgetSchema, type Demand } from "../limits/budget.ts";
import { raiseHold } from "../limits/holds.ts";
import type { RunTotal } from "../limits/run_budget.ts";
import { type OnDisconnect, onDisconnectSchema } from "../registry/assistant.ts";
import type { RunRecord } from "../runs/run_record.ts";
import type { AssignedSide } from "../selection/rollout_side.ts";
import { type StoredAnswer, storedAnswerSchema } from "./stored_answer.ts";
import { contentBlocksSchema } from "./stored_blocks.ts";

/** What a caller asks. Identity comes from the verified token. */
export interface Question {
  readonly userId: string;
  /** The session of the verified token; null where it names none. */
  readonly sessionId: string | null;
  /** Whether the user signed in anonymously. */
  readonly isAnonymous: boolean;
  readonly requestId: string;
  /** The text; empty where the message has none. */
  readonly text: string;
  /** All blocks as they are stored, media as references; null where they are no more than the text. */
  readonly blocks: readonly ContentBlock[] | null;
  readonly conversationId: string | null;
  readonly modelId: string | null;
  readonly useCase: string | null;
  /** Turns of history to return, newest kept. */
  readonly historyTurns: number;
  /** Characters of history to return at most, newest turns kept. */
  readonly historyCharacters: number;
  /** A turn that has been pending for longer is taken up again, in milliseconds. */
  readonly staleAfterMs: number;
  /** What the turn may ask for at most, without its history. */
  readonly demand: Demand;
}

const historySchema = z.array(z.object({
  role: z.enum(["user", "assistant"]),
  content: z.string(),
  // Blocks that cannot be read, as of another version, leave the text: one message must not end the
  // conversation.
  blocks: contentBlocksSchema.nullable().catch(null),
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
  on_disconnect: onDisconnectSchema,
  history: historySchema,
  registry_version: z.number(),
  registry_hash: z.string(),
  budget: budgetSchema,
  rollout: z.object({
    id: z.number(),
    side: z.enum(["canary", "former"]),
    share: z.number(),
    pin_is_reverted: z.boolean(),
  }).nullable(),
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
  /** Whether the pin ended with the rollout that had made it. */
  readonly pinIsReverted: boolean;
  /** The side of a rollout that the conversation is on; null: none. */
  readonly assigned: AssignedSide | null;
  readonly useCase: string | null;
  readonly onDisconnect: OnDisconnect;
  readonly history: readonly Message[];
  /** Turns of the conversation that have an answer, in the history or not. */
  readonly answeredTurns: number;
  readonly registryVersion: number;
  /** Names the history of that version. */
  readonly registryHash: string;
  /** What its calls of models may use together; null: no hard limit of money or tokens holds. */
  readonly budget: Budget | null;
}

/** A turn that an earlier call with the same request id has ended. */
export interface AnsweredTurn {
  readonly kind: "answered";
  readonly conversationId: string;
  readonly answer: StoredAnswer;
}

/** How a turn ended, as `complete_chat_turn()` takes it. */
export interface TurnEnd {
  readonly question_id: string;
  readonly attempt: number;
  /** The id that the answer gets. */
  readonly answer_id: string;
  /** The pin that the model was chosen under. */
  readonly pinned_model_id: string | null;
  /** Whether the pin cannot answer any more, so that the answering model takes its place. */
  readonly moves_pin: boolean;
  /** The text that people read; empty for a failure. */
  readonly content: string;
  /** The content blocks, where they say more than the text does. */
  readonly blocks: unknown;
  readonly run: RunRecord;
}

/** The turns of conversations, in Postgres. */
export class TurnStore {
  readonly #database: RpcClient;
  readonly #functionRegion: string | null;

  /** @param functionRegion The AWS region that the function runs in; null where it is not known. */
  constructor(database: RpcClient, functionRegion: string | null) {
    this.#database = database;
    this.#functionRegion = functionRegion;
  }

  /**
   * Stores a question as pending and returns what the turn needs. With a `requestId` that has been
   * used before, the answer of that turn.
   *
   * @throws {AppError} what `begin_chat_turn` refuses, leaving no row, such as `limit_exceeded`;
   * `database_unavailable`
   */
  async begin(question: Question): Promise<BegunTurn | AnsweredTurn> {
    const p_turn = {
      user_id: question.userId,
      request_id: question.requestId,
      message: question.text,
      // As JSON, which is what the argument is; the generated type asks for an index signature.
      blocks: question.blocks as unknown as Json,
      conversation_id: question.conversationId,
      model_id: question.modelId,
      use_case: question.useCase,
      history_turns: question.historyTurns,
      history_characters: question.historyCharacters,
      stale_after_ms: question.staleAfterMs,
      session_id: question.sessionId,
      is_anonymous: question.isAnonymous,
      demand: { ...question.demand },
      function_region: this.#functionRegion,
    };
    const call = this.#database.rpc("begin_chat_turn", { p_turn });
    const turn = await callDatabase(call, takenTurnSchema);
    if ("answer" in turn) {
      return { kind: "answered", conversationId: turn.conversation_id, answer: turn.answer };
    }
    return {
      kind: "begun",
      conversationId: turn.conversation_id,
      questionId: turn.question_id,
      attempt: turn.attempt,
      answeredTurns: turn.answered_turns,
      assistantType: turn.assistant_type,
      pinnedModelId: turn.pinned_model_id,
      pinIsReverted: turn.rollout?.pin_is_reverted ?? false,
      assigned: turn.rollout &&
        { rolloutId: turn.rollout.id, side: turn.rollout.side, share: turn.rollout.share },
      useCase: turn.use_case,
      onDisconnect: turn.on_disconnect,
      history: turn.history.map(toMessage),
      registryVersion: turn.registry_version,
      registryHash: turn.registry_hash,
      budget: turn.budget,
    };
  }

  /**
   * Raises what a turn has reserved to so much in total, as far as its limits leave it.
   *
   * @returns what it may use then; null where it holds nothing
   * @throws {AppError} `database_unavailable`, `database_error`
   */
  async raise(questionId: string, total: RunTotal): Promise<Budget | null> {
    return await raiseHold(this.#database, questionId, total);
  }

  /**
   * Stores how a turn ended. May be repeated: what was stored first stays.
   *
   * @returns what is stored, with the cost at the prices of the moment; null for the failure of an
   * attempt that another has superseded
   * @throws {AppError} `database_unavailable`, `database_error`
   */
  async complete(end: TurnEnd): Promise<StoredAnswer | null> {
    // As JSON, which is what the argument is; the generated type asks for an index signature.
    const p_end = end as unknown as Json;
    return await callDatabase(
      this.#database.rpc("complete_chat_turn", { p_end }),
      endedTurnSchema,
    );
  }
}

function toMessage(row: z.infer<typeof historySchema>[number]): Message {
  return {
    role: row.role,
    blocks: row.blocks ?? [{ type: "text", text: row.content }],
    modelId: row.model_used,
  };
}
