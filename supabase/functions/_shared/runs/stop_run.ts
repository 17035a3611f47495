import type { ModelAnswer } from "../core/answer.ts";
import { codeOf } from "../core/app_error.ts";
import type { ContentBlock } from "../core/content.ts";
import type { Reply, StreamReply } from "./reply.ts";
import type { AnsweredRun, FailedRun } from "./call_until_answered.ts";
import type { RunEvent } from "./run_event.ts";
import { countUsage, nothingUsed } from "./call_usage.ts";
import { recordRun, type RunResult, type RunTimes } from "./run_record.ts";

/** The end of a run that a model has answered. */
export function completeRun(called: AnsweredRun, answer: ModelAnswer, elapsedMs: number): RunEvent {
  const { facts, selection, reply } = called;
  const times = timesOf(elapsedMs, reply);
  const record = recordRun(facts, reply.call, { status: "complete", answer }, times);
  const { selected } = facts;
  const { model } = selection;
  return { type: "stop", outcome: { kind: "complete", model, answer, record, selected } };
}

/** The end of a stream that broke: the text and the whole tool calls that have come are kept. */
export function brokenRun(
  { facts }: AnsweredRun,
  reply: StreamReply,
  error: unknown,
  elapsedMs: number,
): RunEvent {
  const errorCode = codeOf(error);
  const { call } = reply;
  const answer = reply.stream.partial();
  const { selected } = facts;
  const times = timesOf(elapsedMs, reply);
  if (!answer.blocks.some(isKept)) {
    const counted = countUsage(call.request, answer.usage, answer.blocks);
    const result: RunResult = { status: "failed", errorCode, counted };
    const record = recordRun(facts, call, result, times);
    return { type: "stop", outcome: { kind: "failed", record, selected, error } };
  }
  const record = recordRun(facts, call, { status: "partial", errorCode, answer }, times);
  return { type: "stop", outcome: { kind: "partial", answer, record, selected, error } };
}

/** Reasoning that came to nothing is of no use to anyone. */
function isKept(block: ContentBlock): boolean {
  return block.type === "tool-use" || (block.type === "text" && block.text !== "");
}

/** The end of a run that no model has answered. */
export function failedRun({ facts, call, error }: FailedRun, elapsedMs: number): RunEvent {
  const result: RunResult = {
    status: "failed",
    errorCode: codeOf(error),
    counted: call?.counted ?? nothingUsed,
  };
  const record = recordRun(facts, call, result, timesOf(elapsedMs));
  return { type: "stop", outcome: { kind: "failed", record, selected: facts.selected, error } };
}

function timesOf(elapsedMs: number, reply?: Reply): RunTimes {
  return {
    responseTimeMs: Math.round(elapsedMs),
    timeToFirstTokenMs: reply?.timeToFirstTokenMs ?? null,
  };
}
