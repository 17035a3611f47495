import type { FinishedTurn } from "./finished_turn.ts";
import type { TurnEvent } from "./turn_event.ts";
import type { TurnReport } from "./turn_report.ts";
import type { Turn } from "./turn.ts";
import type { AnsweredTurn } from "./turn_store.ts";

/** A turn that was taken before: its answer is told again, and no model is asked. */
export class RepeatedTurn implements Turn {
  readonly #turn: AnsweredTurn;
  readonly #requestId: string;
  readonly #report: (turn: TurnReport) => void;

  constructor(
    turn: AnsweredTurn,
    requestId: string,
    report: (turn: TurnReport) => void,
  ) {
    this.#turn = turn;
    this.#requestId = requestId;
    this.#report = report;
  }

  answer(): Promise<FinishedTurn> {
    this.#tell(false);
    return Promise.resolve(this.#finished());
  }

  async *stream(): AsyncGenerator<TurnEvent, void, void> {
    const { conversationId, answer } = this.#turn;
    this.#tell(true);
    yield {
      type: "turn-start",
      start: {
        conversationId,
        messageId: answer.id,
        modelId: answer.model_used ?? "",
        modelName: answer.model_name ?? "",
        reason: answer.reason ?? "",
        requestedModelId: answer.requested_model,
        fallbackCode: answer.fallback_code,
        registryVersion: answer.registry_version,
      },
    };
    if (answer.content !== "") {
      yield { type: "text-delta", text: answer.content };
    }
    yield { type: "done", turn: this.#finished() };
  }

  #finished(): FinishedTurn {
    return {
      ...this.#turn,
      persisted: true,
      repeated: true,
      registryStale: false,
      history: null,
    };
  }

  #tell(streamed: boolean): void {
    const { conversationId, answer } = this.#turn;
    this.#report({
      request_id: this.#requestId,
      conversation_id: conversationId,
      message_id: answer.id,
      outcome: "repeated",
      error_code: answer.error_code,
      assistant_type: null,
      model_id: answer.model_used,
      reason: answer.reason,
      requested_model: answer.requested_model,
      fallback_code: answer.fallback_code,
      registry_version: answer.registry_version,
      registry_stale: false,
      streamed,
      persisted: true,
      attempts: 0,
      messages_sent: null,
      messages_left_out: null,
      input_tokens: answer.input_tokens,
      output_tokens: answer.output_tokens,
      cache_read_tokens: answer.cache_read_tokens,
      cache_write_tokens: answer.cache_write_tokens,
      cost_usd: answer.cost_usd,
      response_time_ms: answer.response_time_ms,
      time_to_first_token_ms: answer.time_to_first_token_ms,
    });
  }
}
