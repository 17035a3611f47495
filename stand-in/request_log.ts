import type { RequestMetadata } from "./wire/request_metadata.ts";
import type { FaultKind } from "./faults/fault_rule.ts";
import type { Operation } from "./operations.ts";
import type { Authentication } from "./wire/authenticate.ts";

/** One call, as the stand-in saw it. */
export interface LoggedRequest {
  /** Counts from 1 and is not reused. */
  readonly number: number;
  /** ISO 8601. */
  readonly time: string;
  readonly operation: Operation;
  /** As the caller named it; empty for a list of the control plane. */
  readonly modelId: string;
  readonly requestId: string;
  readonly authentication: Authentication | null;
  /** What AWS's invocation logs would have as `requestMetadata`; null: nothing. */
  readonly requestMetadata: RequestMetadata | null;
  /** Null while there is no answer. */
  readonly status: number | null;
  /** The AWS exception of the answer or of the stream. */
  readonly exception: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  /** The faults that applied to it. */
  readonly faults: readonly FaultKind[];
  /** Frames written so far, for a stream. */
  readonly framesSent: number | null;
  /** Whether the stand-in is done with the call. */
  readonly finished: boolean;
  /** Whether the caller hung up before the end. */
  readonly clientDisconnected: boolean;
  /** Milliseconds from the call's arrival to its end; null while it runs. */
  readonly durationMs: number | null;
  /**
   * The decoded request, prompt included, so that a test can say what was sent. This is a
   * stand-in: nothing confidential belongs in it.
   */
  readonly body: unknown;
}

/** The members of an entry that become known later. */
export type RequestUpdate = Partial<Omit<LoggedRequest, "number" | "time">>;

/** The latest calls, oldest first. */
export class RequestLog {
  readonly #most: number;
  #entries: LoggedRequest[] = [];
  #next = 1;

  constructor(most = 1_000) {
    this.#most = most;
  }

  /** Opens an entry and returns the function that updates it. */
  open(
    entry: Pick<LoggedRequest, "time" | "operation" | "modelId" | "requestId">,
  ): (update: RequestUpdate) => LoggedRequest {
    let current: LoggedRequest = {
      number: this.#next++,
      authentication: null,
      requestMetadata: null,
      status: null,
      exception: null,
      inputTokens: null,
      outputTokens: null,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      faults: [],
      framesSent: null,
      finished: false,
      clientDisconnected: false,
      durationMs: null,
      body: null,
      ...entry,
    };
    this.#entries.push(current);
    if (this.#entries.length > this.#most) this.#entries.shift();
    return (update) => {
      const updated = { ...current, ...update };
      // An entry that was cleared meanwhile stays away.
      const at = this.#entries.indexOf(current);
      if (at >= 0) this.#entries[at] = updated;
      current = updated;
      return updated;
    };
  }

  list(): readonly LoggedRequest[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }
}

/** Bodies above this are not kept, so that a thousand of them fit in memory. */
const mostBodyBytes = 256 * 1024;

/** The body as the log keeps it. */
export function loggedBody(bytes: Uint8Array, decoded: unknown): unknown {
  return bytes.byteLength > mostBodyBytes ? `(${bytes.byteLength} bytes, not kept)` : decoded;
}

/** What ids of models and profiles are written with. */
const modelIdShape = /^[\w.:/-]{1,128}$/;

/** A finished call in one line, without any of its text. */
export function describeRequest(entry: LoggedRequest): string {
  const { modelId } = entry;
  const called = modelId === ""
    ? entry.operation
    : modelIdShape.test(modelId)
    ? `${entry.operation} ${modelId}`
    : `${entry.operation} (${modelId.length} characters)`;
  const tokens = entry.inputTokens === null
    ? ""
    : `, ${entry.inputTokens} tokens in, ${entry.outputTokens} out`;
  return `${called}: ${entry.status ?? "no answer"}` +
    `${entry.exception === null ? "" : ` ${entry.exception}`}${tokens}, ${entry.durationMs} ms` +
    `${entry.clientDisconnected ? ", the caller hung up" : ""}`;
}
