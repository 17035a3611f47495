import type { ModelAnswer } from "../core/answer.ts";
import { type ContentBlock, isPlainText, textOf } from "../core/content.ts";
import { storableJson, storableText } from "../core/storable_text.ts";
import type { RunOutcome } from "../runs/run_event.ts";
import { refusedRecord, storeSurely, type Storing } from "../runs/store_surely.ts";
import type { StoredAnswer } from "./stored_answer.ts";
import type { TurnOptions, TurnRequest } from "./turn_options.ts";
import { reportOf } from "./turn_report.ts";
import type { BegunTurn, TurnEnd } from "./turn_store.ts";

/** A turn whose question is stored. */
export interface OpenTurn {
  readonly turn: BegunTurn;
  readonly request: TurnRequest;
  /** The id that the answer gets. */
  readonly answerId: string;
}

/**
 * How the storing went: `stored` is null where the end of the turn was not this attempt's to tell.
 */
export type Completion = Storing<StoredAnswer | null>;

/**
 * Stores how a turn's run ended, and reports it. What could not be stored at first can be asked for
 * later with the same request id; what the database refuses leaves the turn to be seen as failed or,
 * if that is refused as well, as abandoned.
 */
export async function settleTurn(
  open: OpenTurn,
  outcome: RunOutcome,
  options: TurnOptions,
): Promise<Completion> {
  const { turn, request } = open;
  const completion = await storeSurely({
    id: turn.questionId,
    end: endOf(open, outcome),
    store: (end) => options.turns.complete(end),
    // The refusal may be about the answer's words; its figures are paid for and stay on record.
    refused: (end) => ({ ...end, content: "", blocks: null, run: refusedRecord(end.run) }),
  }, options);
  const report = reportOf(outcome.record, {
    request_id: request.requestId,
    conversation_id: turn.conversationId,
    question_id: turn.questionId,
    trace: request.trace ?? null,
    assistant_type: turn.assistantType,
    persisted: completion.persisted,
  }, completion.persisted ? completion.stored : null);
  if (outcome.kind === "complete") options.report(report);
  else options.report(report, { error: outcome.error, words: wordsOf(open) });
  return completion;
}

function endOf({ turn, answerId }: OpenTurn, outcome: RunOutcome): TurnEnd {
  return {
    question_id: turn.questionId,
    attempt: turn.attempt,
    answer_id: answerId,
    pinned_model_id: turn.pinnedModelId,
    moves_pin: movesPin(outcome, turn.pinnedModelId),
    ...storable(outcome.kind === "failed" ? [] : outcome.answer.blocks),
    run: outcome.record,
  };
}

function storable(blocks: ModelAnswer["blocks"]): Pick<TurnEnd, "content" | "blocks"> {
  return {
    content: textOf(blocks),
    blocks: isPlainText(blocks)
      ? null
      : storableJson(blocks.filter(isKeptWhole)) as readonly ContentBlock[],
  };
}

/** A signature is proof of thinking as it was written: altered, its model would refuse it. */
function isKeptWhole(block: ContentBlock): boolean {
  return block.type !== "thinking" || storableText(block.text) === block.text;
}

/**
 * A pin is given up for good when its model is, which the registry says; a model that fails for a
 * while, or cannot take this one question, keeps it. An end that only a call was told of may pass.
 */
function movesPin({ selected, record }: RunOutcome, pinnedModelId: string | null): boolean {
  const { requested_model, fallback_code } = record;
  const pinServes = selected?.reason === "pinned" ||
    (requested_model === pinnedModelId && fallback_code === "modality_not_supported");
  return !pinServes;
}

function wordsOf({ turn, request }: OpenTurn): readonly string[] {
  const wordsIn = (blocks: readonly ContentBlock[]) =>
    isPlainText(blocks) ? textOf(blocks) : JSON.stringify(blocks);
  const { text, blocks, useCase, tools, outputSchema } = request;
  return [
    blocks === null ? text : wordsIn(blocks),
    useCase ?? "",
    // The caller's own, which AWS may quote.
    ...tools === undefined ? [] : [JSON.stringify(tools)],
    ...outputSchema === undefined ? [] : [JSON.stringify(outputSchema)],
    ...turn.history.map((message) => wordsIn(message.blocks)),
  ];
}
