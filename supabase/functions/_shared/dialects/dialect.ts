/**
 * The client's side of a call: OpenAI's Chat Completions or Anthropic's Messages. Pure: a request
 * in, its maker's answers, events and errors out.
 */
import type { AppError, Audience } from "../core/app_error.ts";
import type { ServerSentEvent } from "../core/server_sent_event.ts";
import type { Surface } from "../core/surface.ts";
import type { RunEvent, RunOutcome } from "../runs/run_event.ts";
import type { RunQuestion } from "../runs/run_plan.ts";

export type { Surface };

/** What of a question a client's request tells; the rest is the caller's and the registry's. */
export type AskedQuestion = Pick<
  RunQuestion,
  | "history"
  | "question"
  | "system"
  | "settings"
  | "tools"
  | "toolChoice"
  | "parallelTools"
  | "outputSchema"
  | "betas"
  | "betaMembers"
  | "showsThinking"
>;

/** A request of a client, in our terms. */
export interface AskedCall {
  /** As the client names it: a registry id, an alias, `default`, `assistant/<type>[/<model>]`. */
  readonly model: string;
  readonly question: AskedQuestion;
  readonly streamed: boolean;
  /** The client's own label of its user; hashed before it is stored. Null: none. */
  readonly clientLabel: string | null;
  /** Names of fields that were ignored, for `x-switchboard-ignored`. */
  readonly ignored: readonly string[];
}

/** What every answer to a call begins with. */
export interface CallHead {
  /** A UUID; the ids of the dialect derive from it. */
  readonly callId: string;
  readonly createdAt: Date;
  /** Who reads its errors. */
  readonly audience: Audience;
}

/** An error as its client reads it. */
export interface DialectError {
  readonly status: number;
  /** `x-should-retry`, and `retry-after` where it helps. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A streamed answer, as its client reads it. It is written by one call. */
export interface AnswerStream {
  /**
   * What goes out for these events of the run, which come from `start` on; the last is `stop`, when
   * the call is already in the ledger. A block of a `block-end` that had no events of its own goes
   * out whole. An end that is no `complete` is told as an error, never as an end.
   */
  write(events: readonly RunEvent[]): readonly ServerSentEvent[];
  /**
   * What fills a silence of 10 s. Before anything was written, it begins the answer: its model is
   * then the one that was asked for. Empty: a comment is sent.
   */
  ping(): readonly ServerSentEvent[];
}

/** One dialect. `Asked`: what it keeps of a request for the answer. */
export interface Dialect<Asked extends AskedCall> {
  readonly surface: Surface;
  /**
   * Reads a request. Fields that it does not know are ignored and named; those whose effect its
   * client relies on are refused.
   *
   * @throws {AppError} `invalid_request` with `param`, `key_scope`
   */
  readCall(body: unknown, headers: Headers): Asked;
  /**
   * The body of a whole answer.
   *
   * @throws {AppError} `bedrock_bad_response` where the answer has no end that the dialect can tell
   */
  wholeAnswer(
    asked: Asked,
    outcome: Extract<RunOutcome, { kind: "complete" }>,
    head: CallHead,
  ): unknown;
  openStream(asked: Asked, head: CallHead): AnswerStream;
  describeError(error: AppError, audience: Audience, requestId: string): DialectError;
}
