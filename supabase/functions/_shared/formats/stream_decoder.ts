import type { ModelAnswer } from "../core/answer.ts";

/** What a stream has said so far, for a turn that is cut. */
export type PartialAnswer = Pick<ModelAnswer, "blocks" | "usage">;

/**
 * Reads the events of one stream in their order. Pure: it does no I/O.
 *
 * All that {@linkcode StreamDecoder.push} returned, joined, is `textOf` of the answer's blocks,
 * character for character.
 */
export interface StreamDecoder {
  /**
   * Reads one event: the JSON of a chunk (nova, claude), or an object whose one key is the name of
   * the event (converse).
   *
   * @returns The text that can be shown now, which never ends in half a character; often empty.
   * @throws {AppError} `bedrock_unknown_frame` when the event is of a kind that is not known,
   * `bedrock_bad_response` when it is of a known kind and in a wrong shape or place, and the code
   * that fits when it is an error of the model's.
   */
  push(event: unknown): string;
  /**
   * Whether everything has come that ends an answer: the stop event, and the usage where the
   * format sends it after that.
   */
  readonly ended: boolean;
  /**
   * The whole answer, as `decodeResponse` would give it.
   *
   * @throws {AppError} `bedrock_stream_truncated` when the end has not come.
   */
  finish(): ModelAnswer;
  /** What has come so far. Its text is what `push` returned; counts not yet known are null. */
  partial(): PartialAnswer;
}
