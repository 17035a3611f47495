import type { ModelAnswer, PartialAnswer } from "../core/answer.ts";
import type { ModelEvent } from "../core/model_event.ts";
import type { Model } from "../registry/model.ts";
import type { Selection } from "../selection/selection.ts";
import type { CallFacts, RunFacts, RunRecord } from "./run_record.ts";

/** Which model answers, and why; from then on no other will. */
export interface RunStart {
  readonly modelId: string;
  readonly modelName: string;
  readonly reason: string;
  /** With a fallback, the model that should have answered, and the code of why it did not. */
  readonly requestedModelId: string | null;
  readonly fallbackCode: string | null;
  readonly registryVersion: number;
  /** Most tokens of the answer that a limit left; null: none cut it. */
  readonly answerTokensLeft: number | null;
  /** As in the record of the run. */
  readonly generatedAt: string | null;
  readonly promptHash: string | null;
  readonly functionRegion: string | null;
}

interface EndedRun {
  readonly record: RunRecord;
  /** The model that should have answered; null where none could be chosen. */
  readonly selected: Selection | null;
}

/** How a run ended. */
export type RunOutcome =
  | EndedRun & { readonly kind: "complete"; readonly model: Model; readonly answer: ModelAnswer }
  | EndedRun & { readonly kind: "partial"; readonly answer: PartialAnswer; readonly error: unknown }
  | EndedRun & { readonly kind: "failed"; readonly error: unknown };

/**
 * A run as it happens. Exactly one `stop` comes, and it comes last. A run that is not streamed
 * gives nothing else; a streamed one gives `start` before the first of the model's events but its
 * thinking, which may be that of a model that then fails. Where thinking is shown, `start` comes
 * before it, unless the answer has to fit a schema.
 */
export type RunEvent =
  /**
   * The model has begun to think; once for each call. It comes before `start` too, after which
   * another model may still answer.
   */
  | { readonly type: "thinking"; readonly modelId: string }
  | { readonly type: "start"; readonly start: RunStart }
  | ModelEvent
  | { readonly type: "stop"; readonly outcome: RunOutcome };

/** Describes the model that has begun to answer. */
export function startOf(
  { registryVersion, fallback, generatedAt, promptHash, functionRegion }: RunFacts,
  selection: Selection,
  { answerTokensLeft }: CallFacts,
): RunStart {
  return {
    modelId: selection.model.model_id,
    modelName: selection.model.model_name,
    reason: fallback === null ? selection.reason : "fallback",
    requestedModelId: fallback?.requestedModelId ?? null,
    fallbackCode: fallback?.code ?? null,
    registryVersion,
    answerTokensLeft,
    generatedAt,
    promptHash,
    functionRegion,
  };
}
