/** Answers as a run gives them to a dialect. */
import type { ModelAnswer } from "../../../../../../supabase/functions/_shared/core/answer.ts";
import type { ContentBlock } from "../../../../../../supabase/functions/_shared/core/content.ts";
import type { CallHead } from "../../../../../../supabase/functions/_shared/dialects/dialect.ts";
import { unknownUsage } from "../../../../../../supabase/functions/_shared/formats/usage.ts";
import type {
  RunEvent,
  RunOutcome,
} from "../../../../../../supabase/functions/_shared/runs/run_event.ts";
import type { RunRecord } from "../../../../../../supabase/functions/_shared/runs/run_record.ts";
import { modelRow } from "../../model_row.ts";
import { runRecord } from "../../runs/run_record_of.ts";

export const head: CallHead = {
  callId: "6f1b1c9e-0d5a-4c55-9a3e-0123456789ab",
  createdAt: new Date("2026-11-30T08:00:00.900Z"),
  audience: "user",
};

export const start: RunEvent = {
  type: "start",
  start: {
    modelId: "vendor.first-v1:0",
    modelName: "First",
    reason: "default",
    requestedModelId: null,
    fallbackCode: null,
    registryVersion: 7,
    answerTokensLeft: null,
    generatedAt: null,
    promptHash: null,
    functionRegion: null,
  },
};

/** How a run ends that a model has answered. */
export function completed(
  answer: Partial<ModelAnswer> = {},
  record: Partial<RunRecord> = {},
): Extract<RunOutcome, { kind: "complete" }> {
  return {
    kind: "complete",
    model: modelRow({ model_id: "vendor.first-v1:0" }),
    answer: {
      blocks: [{ type: "text", text: "Fine." }],
      stopReason: "end_turn",
      providerStopReason: "end_turn",
      usage: unknownUsage,
      ...answer,
    },
    record: runRecord(record),
    selected: null,
  };
}

/** The end of a run that broke after it had begun to answer. */
export function broken(error: unknown, blocks: readonly ContentBlock[] = []): RunOutcome {
  return {
    kind: "partial",
    answer: { blocks, usage: unknownUsage },
    error,
    record: runRecord({ status: "partial" }),
    selected: null,
  };
}
