import type { Usage } from "./answer.ts";
import { type CodeMeaning, errorTable } from "./error_table.ts";

/** Who reads an error: an operator reads everything; a user, what users can act on. */
export type Audience = CodeMeaning["audience"];

/** All that users are told, besides the code, where only operators can do something. */
const messageForUsers = "The request cannot be answered at present.";

/** Every code that an error answer can carry. */
export type ErrorCode = keyof typeof errorTable;

/** Whether `value` is one of the codes, for codes that come from outside (the database). */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorTable, value);
}

/** The codes, for documentation and tests. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/**
 * Codes whose words may repeat what a caller sent, such as a field's name, a place in a schema or the
 * id of a model that does not exist. They go back to the caller, and not to the log.
 */
const quoting: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "invalid_request",
  "not_found",
  "model_not_found",
  "model_not_listed",
  "assistant_not_found",
  "assistant_exists",
  "alias_taken",
  "malformed_output",
]);

/** What of a history a model refused, which it may be asked without. */
export type RefusedHistory = "media" | "thinking";

/** What may accompany an {@linkcode AppError}. */
export interface AppErrorOptions extends ErrorOptions {
  /** What the log says in place of the message; by default of a code that quotes, its meaning. */
  readonly logged?: string | undefined;
  /** The field of the request that is at fault, as the client writes it. */
  readonly param?: string | undefined;
  /** What the other side said, word for word. Told to callers of dialects only, and never logged. */
  readonly upstreamText?: string | undefined;
  /** What the reader can do about it. */
  readonly hint?: string | undefined;
  /** Seconds after which a retry may succeed, where the other side said so. */
  readonly retryAfterSeconds?: number | undefined;
  /** Whether the other side has certainly done no work, so that none is paid for. */
  readonly unprocessed?: boolean;
  /** What of the history the other side refused. */
  readonly refusedHistory?: RefusedHistory | undefined;
}

/**
 * An expected failure. The message and the hint go to callers, so they never hold a token, a prompt
 * or an upstream stack; `cause` is for the log only. Which callers read them is the code's matter:
 * {@linkcode AppError.shownTo}. What the log has of them: {@linkcode AppError.logged}.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly unprocessed: boolean;
  readonly refusedHistory: RefusedHistory | undefined;
  readonly param: string | undefined;
  readonly upstreamText: string | undefined;
  /** The words for the log: nothing that a caller wrote. */
  readonly logged: string;
  /** The other side's id of the call that failed, for the log and its support. */
  upstreamRequestId: string | undefined;
  /** What the other side said that the call used. */
  upstreamUsage: Usage | undefined;

  constructor(code: ErrorCode, message?: string, options: AppErrorOptions = {}) {
    super(message ?? errorTable[code].message, options);
    this.code = code;
    this.hint = options.hint;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.unprocessed = options.unprocessed ?? false;
    this.refusedHistory = options.refusedHistory;
    this.param = options.param;
    this.upstreamText = options.upstreamText;
    const words = this.hint === undefined ? this.message : `${this.message} (${this.hint})`;
    this.logged = options.logged ?? (quoting.has(code) ? errorTable[code].message : words);
  }

  /** The HTTP status of the answer. */
  get status(): number {
    return errorTable[this.code].status;
  }

  /** Whether the same request may succeed soon: where a limit is reached, if it says when. */
  get retryable(): boolean {
    const isSoon = this.code !== "limit_exceeded" || this.retryAfterSeconds !== undefined;
    return errorTable[this.code].retryable && isSoon;
  }

  /** Who can do something about it; where only operators can, users are not told what. */
  get audience(): Audience {
    return errorTable[this.code].audience;
  }

  /** The words for a reader. */
  shownTo(audience: Audience): { readonly message: string; readonly hint?: string } {
    if (audience === "user" && this.audience === "operator") {
      return {
        message: messageForUsers,
        ...(this.retryable && { hint: "Try again in a minute." }),
      };
    }
    return { message: this.message, ...(this.hint !== undefined && { hint: this.hint }) };
  }
}

/** The code that an error is stored and logged under. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof AppError ? error.code : "internal_error";
}
