import type { Latencies } from "../stats.ts";

/** A request that is sent repeatedly. */
export interface RequestSpec {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `{uuid}` stands for a new id in each request. */
  readonly body: string;
}

/** A job of the load generator: a closed loop over keep-alive connections. */
export interface LoadJob {
  /** Such as `http://127.0.0.1:8000`. */
  readonly origin: string;
  /** Sent in turn. */
  readonly requests: readonly RequestSpec[];
  /** Connections, each with one request at a time. */
  readonly concurrency: number;
  /** No request begins after so many milliseconds. */
  readonly durationMs: number;
  /** Nor more than so many of them. */
  readonly mostRequests: number;
  /** Requests begin at this pace, as long as a connection is free. Default: as fast as they can. */
  readonly perSecond?: number;
  /** Status of a good answer; 200. */
  readonly status?: number;
  /** Part of every good answer; the last answer of an exchange where there are two. */
  readonly expect: string;
  /** Part of an answer with which its text begins; undefined: nothing is looked for. */
  readonly firstText?: string;
  /** A second request that needs a part of the first one's answer. */
  readonly followUp?: FollowUp;
}

export interface FollowUp {
  readonly path: string;
  /** A regular expression with one group, applied to the first answer. */
  readonly capture: string;
  /** `{captured}` stands for the captured text, and `{uuid}` for a new id. */
  readonly body: string;
}

/** The outcome of a job. */
export interface LoadResult {
  /** Good answers. */
  readonly count: number;
  readonly seconds: number;
  readonly total: Latencies;
  /** Until the first text; null where none was looked for. */
  readonly firstText: Latencies | null;
  readonly errorCount: number;
  /** The first few errors, each described in a line. */
  readonly errors: readonly string[];
}

/** Streams that are open at the same time, once. */
export interface StreamJob {
  readonly origin: string;
  /** Sent in turn, each over a connection of its own. */
  readonly requests: readonly RequestSpec[];
  readonly concurrency: number;
  /** Part of every stream that is complete. */
  readonly expect: string;
}

export interface StreamResult {
  /** Complete streams. */
  readonly count: number;
  /** Chunks whose time of sending was in the text. */
  readonly chunks: number;
  /** From the upstream's sending to the client's having it, in milliseconds, second by second. */
  readonly delays: readonly Latencies[];
  readonly errorCount: number;
  readonly errors: readonly string[];
}
