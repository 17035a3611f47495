import type { ContentBlock } from "../core/content.ts";
import type { Surface } from "../core/surface.ts";
import type { RunOutcome } from "../runs/run_event.ts";
import type { RunQuestion } from "../runs/run_plan.ts";
import { reportRun } from "../runs/run_report.ts";
import { refusedRecord, storeSurely } from "../runs/store_surely.ts";
import type { BegunCall } from "./call.ts";
import type { CallOptions } from "./call_options.ts";

/** A call whose run has begun. */
export interface RunningCall {
  /** A UUID. */
  readonly id: string;
  readonly surface: Surface;
  readonly begun: BegunCall;
  readonly question: RunQuestion;
  /** The client's count of its retries; null where it tells none. */
  readonly clientRetries: number | null;
}

/** Enters how a call's run ended in the ledger, and reports it. Never throws. */
export async function settleCall(
  { id, surface, begun, question, clientRetries }: RunningCall,
  outcome: RunOutcome,
  options: CallOptions,
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
    ...call,
    api_key_id: begun.entry.api_key_id,
    persisted: storing.persisted,
    ...reportRun(outcome.record),
    cost_usd: storing.persisted ? storing.stored : null,
  };
  if (outcome.kind === "complete") options.report(report);
  else options.report(report, { error: outcome.error, words: wordsOf(question) });
}

/** What AWS may quote of a question. */
function wordsOf(asked: RunQuestion): readonly string[] {
  const { history, question, system = [], tools = [], outputSchema } = asked;
  const messages = [...history, question].flatMap(({ blocks }) => wordsIn(blocks));
  const structure = [...tools, ...outputSchema === undefined ? [] : [outputSchema]];
  return [...messages, ...wordsIn(system), ...structure.map((part) => JSON.stringify(part))];
}

function wordsIn(blocks: readonly ContentBlock[]): readonly string[] {
  return blocks.flatMap((block) => {
    switch (block.type) {
      case "text":
      case "thinking":
        return [block.text];
      case "tool-use":
        return [block.name, JSON.stringify(block.input)];
      case "tool-result":
        return wordsIn(block.content);
      case "document":
        return [block.name];
      // Encoded, or never sent.
      case "image":
      case "redacted-thinking":
      case "opaque":
        return [];
      default:
        return block satisfies never;
    }
  });
}
