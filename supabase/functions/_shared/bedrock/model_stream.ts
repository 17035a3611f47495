import type { ModelAnswer, PartialAnswer } from "../core/answer.ts";
import type { ModelEvent } from "../core/model_event.ts";

/** How long one streamed call may take, in milliseconds. */
export interface StreamLimits {
  /** Until the first event of the stream, connection included. */
  readonly firstEventMs: number;
  /**
   * From one event to the next while a model writes text. Only the time that is spent waiting for
   * Bedrock counts.
   */
  readonly idleMs: number;
  /** The same while the model thinks or writes a tool's input, which it may do in silence. */
  readonly composingIdleMs: number;
  /** Until the last event, however slowly the stream is read. */
  readonly totalMs: number;
}

/** An answer that is arriving. To be read to its end or closed, or the call goes on. */
export interface ModelStream {
  /** AWS's id of the call, for its support; null when the response named none. */
  readonly requestId: string | null;
  /** Until the headers of the response. */
  readonly timeToFirstByteMs: number;
  /**
   * What arrives, in batches of at least one event; a slow reader gets larger batches. It can be
   * read once. Without a reader, at most some 64 KiB are taken from Bedrock. It ends only after a
   * proper end of the answer; everything else throws:
   *
   * @throws {AppError} `bedrock_stream_truncated` when the stream ends too early or was closed,
   * `bedrock_stream_corrupt` when a frame is damaged, `bedrock_unknown_frame` and
   * `bedrock_bad_response` when an event cannot be read, `bedrock_timeout` when a limit passes,
   * and what `toBedrockError` makes of AWS's exceptions inside the stream.
   * @throws The reason of the caller's signal.
   */
  readonly events: AsyncIterable<readonly ModelEvent[]>;
  /**
   * The whole answer, once `events` has ended.
   *
   * @throws What `events` threw, or `bedrock_stream_truncated` when it has not ended yet.
   */
  answer(): ModelAnswer;
  /** What has come so far; its text is exactly what `events` have given. */
  partial(): PartialAnswer;
  /** Hangs up at once, whatever is being waited for. Does nothing after the end. */
  close(): void;
}
