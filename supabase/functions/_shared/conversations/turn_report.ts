import { type RunRecord, storedFiguresOf } from "../runs/run_record.ts";
import { asText, type EarlyEnd, reportRun, type RunReport } from "../runs/run_report.ts";
import type { TraceContext } from "../runtime/trace_context.ts";
import type { StoredAnswer } from "./stored_answer.ts";

/** What the log says of a turn: ids, names and figures, no words. */
export interface TurnReport extends Omit<RunReport, "outcome"> {
  readonly request_id: string;
  readonly conversation_id: string;
  /** The ledger's name of the turn; null of one that is only repeated. */
  readonly question_id: string | null;
  readonly trace: TraceContext | null;
  readonly message_id: string | null;
  readonly outcome: RunReport["outcome"] | "repeated";
  readonly assistant_type: string | null;
  readonly persisted: boolean;
  readonly cost_usd: number | null;
}

/** Told of every turn once, when it has ended, and of what ended it before its time. */
export type ReportTurn = (turn: TurnReport, ended?: EarlyEnd) => void;

/** The report of a turn whose run has ended. */
export function reportOf(
  record: RunRecord,
  turn: Pick<
    TurnReport,
    "request_id" | "conversation_id" | "question_id" | "assistant_type" | "persisted" | "trace"
  >,
  stored: StoredAnswer | null,
): TurnReport {
  return {
    ...turn,
    message_id: stored?.id ?? null,
    ...reportRun(record),
    cost_usd: stored?.cost_usd ?? null,
  };
}

/**
 * The report of a turn that had ended before: no model was called for it, so that it has no tokens
 * and no cost, which a sum over the log would count twice.
 */
export function reportOfRepeated(
  answer: StoredAnswer,
  turn: Pick<TurnReport, "request_id" | "conversation_id" | "streamed" | "trace">,
): TurnReport {
  const { status: _, model_geographies: geographies, ...figures } = storedFiguresOf(answer);
  return {
    ...turn,
    question_id: null,
    message_id: answer.id,
    outcome: "repeated",
    assistant_type: null,
    model_id: answer.model_used,
    persisted: true,
    registry_stale: false,
    attempts: 0,
    messages_sent: null,
    messages_left_out: null,
    blocks_left_out: null,
    ...figures,
    ...nothingUsed,
    model_geographies: asText(geographies),
  };
}

const nothingUsed = {
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  cache_write_1h_tokens: null,
  thinking_tokens: null,
  usage_estimated: null,
  cost_usd: null,
};
