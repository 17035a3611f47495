import { type LeftOutRow, rowName } from "../registry/left_out_row.ts";
import { type Choice, choices } from "./choices.ts";
import { selectionReasons, type SelectionRequest } from "./selection.ts";

/**
 * A row that was left out of the registry and that the rules might name before any that could be
 * read: without it another model would answer, and none would say so. Whether it could answer is not
 * known.
 *
 * @throws {AppError} what `choices` throws
 */
export function leftOutChoice(request: SelectionRequest): LeftOutRow | undefined {
  const { unreadable } = request.registry;
  if (unreadable === undefined) return undefined;
  const first = firstChoice(request);
  return unreadable.find((row) =>
    reasonsFor(row, request).some((reason) =>
      first === undefined || comesBefore(row, reason, first)
    )
  );
}

/** After a pin that has ended, the model of a new conversation is due. */
function firstChoice(request: SelectionRequest): Choice | undefined {
  for (const choice of choices(request)) {
    const { reason, obstacle } = choice;
    if (reason !== "pinned" || obstacle === null || obstacle === "content") return choice;
  }
  return undefined;
}

/** The rules that would name a row, as far as it can be read. */
function reasonsFor(
  { name, chosenBy }: LeftOutRow,
  { registry, assistantType, useCase }: SelectionRequest,
): Choice["reason"][] {
  const own = registry.assistants.find((row) => row.assistant_type === assistantType)
    ?.model_version;
  const reasons: Choice["reason"][] = [];
  // Named whether or not it can answer.
  if (own && rowName(own) === name) reasons.push("assistant");
  if (chosenBy === undefined || !chosenBy.is_available) return reasons;
  const asked = useCase ?? assistantType;
  if (asked !== null && chosenBy.use_case === asked) reasons.push("use_case");
  if (chosenBy.is_default) reasons.push("default");
  if (chosenBy.lifecycle !== "retired") reasons.push("priority");
  return reasons;
}

function comesBefore(row: LeftOutRow, reason: Choice["reason"], first: Choice): boolean {
  const places = selectionReasons.indexOf(reason) - selectionReasons.indexOf(first.reason);
  if (places !== 0) return places < 0;
  const priorities = (row.chosenBy?.priority ?? 0) - first.model.priority;
  return priorities < 0 || priorities === 0 && row.name < first.model.model_id;
}
