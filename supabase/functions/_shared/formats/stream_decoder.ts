import type { ModelAnswer, PartialAnswer } from "../core/answer.ts";
import type { ModelEvent } from "../core/model_event.ts";

/**
 * Reads the events of one stream in their order. Pure: it does no I/O.
 *
 * The text of all `text-delta` events that {@linkcode StreamDecoder.take} returned, joined, is
 * `textOf` of the answer's blocks, character for character.
 */
export interface StreamDecoder {
  /**
   * Reads one event: the JSON of a chunk (nova, claude), or an object whose one key is the name of
   * the event (converse).
   *
   * @throws {AppError} `bedrock_unknown_frame` when the event is of an unknown kind,
   * `bedrock_bad_response` when it is of a known kind and in a wrong shape or place, and the code
   * that fits when it is an error of the model's.
   */
  push(event: unknown): void;
  /** What can be shown of the events since the last call; often nothing. */
  take(): readonly ModelEvent[];
  /**
   * Whether everything has come that ends an answer: the stop event, and the usage where the
   * format sends it after that.
   */
  readonly ended: boolean;
  /**
   * Whether the model may be silent for long: it thinks, or puts a tool's input together, which some
   * do before they send any of it.
   */
  readonly isComposing: boolean;
  /**
   * The whole answer, as `decodeResponse` would give it.
   *
   * @throws {AppError} `bedrock_stream_truncated` when the end has not come.
   */
  finish(): ModelAnswer;
  /** What has come so far. Its text is what `take` has given; counts not yet known are null. */
  partial(): PartialAnswer;
}
