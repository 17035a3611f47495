import type { Surface } from "../core/surface.ts";
import type { TraceContext } from "../runtime/trace_context.ts";
import type { EarlyEnd, RunReport } from "../runs/run_report.ts";

/** What the log says of a call: ids, names and figures, no words. */
export interface CallReport extends RunReport {
  readonly request_id: string;
  /** The ledger's name of the call. */
  readonly question_id: string;
  readonly trace: TraceContext | null;
  readonly surface: Surface;
  readonly api_key_id: string | null;
  readonly assistant_type: string | null;
  /** The client's count of its retries; null where it tells none. */
  readonly client_retries: number | null;
  readonly persisted: boolean;
  readonly cost_usd: number | null;
}

/** Told of every call once, when it has ended, and of what ended it before its time. */
export type ReportCall = (call: CallReport, ended?: EarlyEnd) => void;
