import type { Caller } from "../http/authenticate.ts";
import type { RegionGuard } from "../registry/function_region.ts";
import type { RunDependencies } from "../runs/run_request.ts";
import type { StoreSurelyOptions } from "../runs/store_surely.ts";
import type { ReportCall } from "./call_report.ts";
import type { CallStore } from "./call_store.ts";

/** What calls depend on; the same for all calls of an instance. */
export interface CallOptions
  extends RunDependencies, Pick<StoreSurelyOptions, "continueInBackground" | "reportLoss"> {
  readonly authenticate: (request: Request) => Promise<Caller>;
  /** Refuses before a body is read where the function must not run. */
  readonly requireAllowedRegion: RegionGuard;
  readonly calls: Pick<CallStore, "begin" | "raise" | "complete" | "release">;
  /** Deadline of a call, in milliseconds. */
  readonly timeoutMs: number;
  readonly report: ReportCall;
  /** Told why the answer to a call could not be written to its end. */
  readonly reportFault: (id: string, error: unknown) => void;
  /** Milliseconds of silence after which a stream's head, and then its pings, are sent. */
  readonly silenceMs: number;
}
