import type { Operation } from "../operations.ts";
import { describeRequest, type RequestLog, type RequestUpdate } from "../request_log.ts";

/** One call: its request id, its time, and its entry in the request log. */
export class LoggedCall {
  readonly requestId: string = crypto.randomUUID();
  /** Adds to the call's entry. */
  readonly note: ReturnType<RequestLog["open"]>;
  readonly #started = performance.now();
  readonly #log: (line: string) => void;

  /** @param modelId As the caller named it; empty for a list of the control plane. */
  constructor(
    { requestLog, log }: { requestLog: RequestLog; log: (line: string) => void },
    operation: Operation,
    modelId: string,
  ) {
    this.#log = log;
    const time = new Date().toISOString();
    this.note = requestLog.open({ time, operation, modelId, requestId: this.requestId });
  }

  /** Milliseconds since the call arrived. */
  get elapsedMs(): number {
    return Math.round(performance.now() - this.#started);
  }

  /** Completes the entry and writes the call's line. */
  finish(update: RequestUpdate): void {
    const entry = this.note({ ...update, finished: true, durationMs: this.elapsedMs });
    this.#log(describeRequest(entry));
  }
}
