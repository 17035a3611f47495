/** Requests and runs for tests of the dialect. */
import { anthropicDialect } from "../../../../../../supabase/functions/_shared/dialects/anthropic/anthropic.ts";
import type { CallHead } from "../../../../../../supabase/functions/_shared/dialects/dialect.ts";
import type { ModelAnswer } from "../../../../../../supabase/functions/_shared/core/answer.ts";
import { AppError } from "../../../../../../supabase/functions/_shared/core/app_error.ts";
import type { ContentBlock } from "../../../../../../supabase/functions/_shared/core/content.ts";
import { unknownUsage } from "../../../../../../supabase/functions/_shared/formats/usage.ts";
import type { RunOutcome } from "../../../../../../supabase/functions/_shared/runs/run_event.ts";
import type { RunRecord } from "../../../../../../supabase/functions/_shared/runs/run_record.ts";
import { modelRow } from "../../model_row.ts";
import { runRecord } from "../../runs/run_record_of.ts";

export const modelId = "eu.vendor.model-v1:0";

export const head: CallHead = {
  callId: "11111111-2222-4333-8444-555555555555",
  createdAt: new Date("2026-11-30T00:00:00Z"),
  audience: "operator",
};

/** Reads a request that asks one question, but for what a test changes. */
export function read(change: object = {}, headers: Record<string, string> = {}) {
  const body = { model: "default", max_tokens: 100, messages: [said("Hello")], ...change };
  return anthropicDialect.readCall(body, new Headers(headers));
}

export function said(content: unknown, role = "user") {
  return { role, content };
}

/** Why a request is refused. */
export function refusalOf(change: object, headers: Record<string, string> = {}): AppError {
  try {
    read(change, headers);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("The request was not refused.");
}

type CompleteRun = Extract<RunOutcome, { kind: "complete" }>;

export function completed(
  blocks: readonly ContentBlock[],
  answer: Partial<ModelAnswer> = {},
  record: Partial<RunRecord> = {},
): CompleteRun {
  return {
    kind: "complete",
    model: modelRow({ model_id: modelId }),
    answer: {
      blocks,
      usage: unknownUsage,
      stopReason: "end_turn",
      providerStopReason: "end_turn",
      ...answer,
    },
    record: runRecord(record),
    selected: null,
  };
}
