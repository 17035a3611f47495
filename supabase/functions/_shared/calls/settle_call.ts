import { base64Text } from "../core/base64_text.ts";
import {
  documentFormats,
  imageTypes,
  type InlineSource,
  isTextType,
  type MediaBlock,
} from "../core/content.ts";
import type { Surface } from "../core/surface.ts";
import type { RunOutcome } from "../runs/run_event.ts";
import type { RunQuestion } from "../runs/run_plan.ts";
import { reportRun } from "../runs/run_report.ts";
import { refusedRecord, storeSurely, type StoreSurelyOptions } from "../runs/store_surely.ts";
import type { TraceContext } from "../runtime/trace_context.ts";
import type { BegunCall } from "./call.ts";
import type { CallOptions } from "./call_options.ts";
import type { CallStore } from "./call_store.ts";

/** A call whose run has begun. */
export interface RunningCall {
  /** A UUID. */
  readonly id: string;
  readonly surface: Surface;
  readonly begun: BegunCall;
  readonly question: RunQuestion;
  /** What a rollout assigns of its caller's calls. */
  readonly unit: string;
  /** The client's count of its retries; null where it tells none. */
  readonly clientRetries: number | null;
  /** The caller's place in a trace, for the log; null: none. */
  readonly trace: TraceContext | null;
}

/** What the end of a call depends on. */
export type SettlingOptions = StoreSurelyOptions & Pick<CallOptions, "report"> & {
  readonly calls: Pick<CallStore, "complete">;
};

/** Enters how a call's run ended in the ledger, and reports it. Never throws. */
export async function settleCall(
  { id, surface, begun, question, clientRetries, trace }: RunningCall,
  outcome: RunOutcome,
  options: SettlingOptions,
): Promise<void> {
  const call = {
    surface,
    assistant_type: question.assistantType,
    client_retries: clientRetries,
  };
  const storing = await storeSurely({
    id,
    end: { id, ...call, ...begun.entry, run: outcome.record },
    store: (end) => options.calls.complete(end),
    refused: (end) => ({ ...end, run: refusedRecord(end.run) }),
  }, options);
  const report = {
    request_id: id,
    question_id: id,
    trace,
    ...call,
    api_key_id: begun.entry.api_key_id,
    persisted: storing.persisted,
    ...reportRun(outcome.record),
    cost_usd: storing.persisted ? storing.stored : null,
  };
  if (outcome.kind === "complete") options.report(report);
  else options.report(report, { error: outcome.error, words: wordsOf(question) });
}

/**
 * What AWS may quote of a question: every string of it, so that one of a new field is masked too. Of
 * JSON of the client's also the names of its members.
 */
function wordsOf({ history, question, ...asked }: RunQuestion): readonly string[] {
  const { assistantType: _, requestedModelId: _1, permittedModelIds: _2, ...settings } = asked;
  const words = [...stringsIn([history, question, settings])];
  return words.filter((word) => !tellsNothing.has(word));
}

/** Names of our own kinds, which would only mask what AWS says of them. */
const tellsNothing = new Set([
  ...["text", "image", "document", "thinking", "redacted-thinking", "tool-use", "tool-result"],
  ...["user", "assistant", "base64", "auto", "any", "none", "tool", "enabled", "disabled"],
  ...["adaptive", "low", "medium", "high", "xhigh", "max", "5m", "1h"],
  ...["object", "array", "string", "number", "integer", "boolean", "null"],
  ...imageTypes,
  ...Object.keys(documentFormats),
]);

/** Members that hold JSON of the client's. */
const foreign = new Set(["input", "inputSchema", "schema", "betaMembers"]);

function* stringsIn(value: unknown, isForeign = false): Generator<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null) return;
  if (!isForeign && isInline(value)) {
    yield* wordsOfMedia(value);
    return;
  }
  // Together: one alone, such as `name`, would be masked wherever AWS writes it.
  if (isForeign && !Array.isArray(value)) yield Object.keys(value).join(" ");
  for (const [name, member] of Object.entries(value)) {
    yield* stringsIn(member, isForeign || foreign.has(name));
  }
}

type InlineMedia = MediaBlock & { readonly source: InlineSource };

function isInline(value: object): value is InlineMedia {
  const { type, source } = value as Partial<MediaBlock>;
  return (type === "image" || type === "document") && source?.kind === "base64";
}

/** Of bytes that are not text, nothing is quoted. */
function* wordsOfMedia(block: InlineMedia): Generator<string> {
  if (block.type === "image") return;
  yield block.name;
  if (isTextType(block.mediaType)) yield base64Text(block.source.data);
}
