/** What a model has replied to a call. */
import type { ModelStream } from "../bedrock/model_stream.ts";
import type { ModelAnswer } from "../core/answer.ts";
import type { ModelEvent } from "../core/model_event.ts";
import type { CallFacts } from "./run_record.ts";

export interface WholeReply {
  readonly kind: "whole";
  readonly call: CallFacts;
  readonly answer: ModelAnswer;
  readonly timeToFirstTokenMs: number;
}

/**
 * A stream that has begun its answer, or ended without one. One whose answer has to fit a schema has
 * ended, and fits it.
 */
export interface StreamReply {
  readonly kind: "stream";
  readonly call: CallFacts;
  readonly stream: Pick<ModelStream, "answer" | "partial" | "close">;
  /**
   * What came up to the first text or tool call, without the thinking, which is told by then; or up
   * to the first words of thinking, where those begin the answer.
   */
  readonly first: readonly ModelEvent[];
  /** Whether some of that was thinking. */
  readonly hasThought: boolean;
  readonly rest: AsyncIterator<readonly ModelEvent[]>;
  readonly timeToFirstTokenMs: number;
}

export type Reply = WholeReply | StreamReply;

export function isToolCall({ type }: ModelEvent): boolean {
  return type === "tool-use-start";
}

/** Whether an event tells that the model thinks; some models give no word of it. */
export function isThinking({ type }: ModelEvent): boolean {
  return type === "thinking-start" || type === "thinking-delta";
}
