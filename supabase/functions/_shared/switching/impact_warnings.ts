import { AppError } from "../core/app_error.ts";
import { listModels } from "../registry/list_models.ts";
import type { Model } from "../registry/model.ts";
import { obstacleOf } from "../registry/model_usability.ts";
import { useForAny } from "../registry/model_use.ts";
import type { Registry } from "../registry/registry.ts";
import type { ImpactFigures } from "../reports/impact_figures.ts";
import { isAvailableToAny, staysInside, successorOf } from "../selection/available_models.ts";
import { usableForAny } from "../selection/ranking.ts";
import { assistantWarnings } from "./assistant_warnings.ts";
import { lossWarning } from "./capability_warnings.ts";
import { answeringOf, type Comparison, modelIdOf, modelOf } from "./compare_answers.ts";
import type { Affected } from "./impact.ts";
import type { MissingEvaluation } from "./evaluation.ts";
import { nameWarnings } from "./name_warnings.ts";

/** How much dearer the same tokens may become without a warning. */
export const notableRise = 0.2;

/** What an operator must know of a change, one sentence or two each. */
export function impactWarnings(
  comparison: Comparison,
  affected: Affected,
  figures: ImpactFigures | null,
): string[] {
  return [
    ...ofInactive(comparison),
    ...ofRefusals(comparison),
    ...ofAssistants(comparison),
    ...ofGuardrails(comparison),
    ...comparison.moves.flatMap(({ assistantType, from, to }) =>
      lossWarning(assistantType, modelOf(from), modelOf(to))
    ),
    ...ofModelsOutside(comparison),
    ...ofUseCases(comparison),
    ...ofSuccessors(comparison),
    ...nameWarnings(comparison.before, comparison.after),
    ...(figures === null ? [] : [
      ...ofConversations(affected),
      ...ofOtherTurns(comparison, figures),
      ...ofCost(comparison, figures),
    ]),
  ];
}

/** Why a switch would be refused with `evaluation_required`, and what to do. */
export function missingEvaluationWarning(
  { assistant_type: type, model_id: id, lack }: MissingEvaluation,
): string {
  return `${type}: the switch is refused, as ${id} ${lack}. ` +
    `Run: deno task evals ${id} --assistant ${type}`;
}

/** Assistants that are turned off. */
function ofInactive({ moves }: Comparison): string[] {
  return moves.filter(({ to }) => to === null).map(({ assistantType }) =>
    `${assistantType}: takes no turns any more; those of its conversations are refused.`
  );
}

/** Assistants that are left without a model, where their own is not what keeps them from one. */
function ofRefusals({ after, moves }: Comparison): string[] {
  const told = new Set(assistantWarnings(after).map(typeOf));
  return moves.flatMap(({ assistantType, to }) =>
    to instanceof AppError && !told.has(assistantType)
      ? `${assistantType}: no model can answer, so its turns are refused. ${to.message}`
      : []
  );
}

/** Assistants whose model can answer no more. */
function ofAssistants({ before, after }: Comparison): string[] {
  const told = new Set(assistantWarnings(before));
  return assistantWarnings(after).filter((warning) => !told.has(warning));
}

/** Assistants that have lost their guardrail. */
function ofGuardrails({ before, after }: Comparison): string[] {
  return before.assistants.flatMap(({ assistant_type: type, guardrail_id: former }) => {
    const now = after.assistants.find((row) => row.assistant_type === type);
    return former === null || now === undefined || now.guardrail_id !== null
      ? []
      : `${type}: no guardrail guards its answers any more; ${former} did.`;
  });
}

function typeOf(warning: string): string {
  return warning.slice(0, warning.indexOf(":"));
}

function ofModelsOutside({ before, after }: Comparison): string[] {
  const outside = after.models.filter((model) =>
    model.is_available && model.lifecycle !== "retired" && !staysInside(model, after) &&
    staysInsideIn(before, model)
  );
  return outside.length === 0 ? [] : [describeOutside(outside.map(({ model_id }) => model_id))];
}

/** What becomes of available models whose calls may leave the allowed geographies. */
export function describeOutside(modelIds: readonly string[]): string {
  return "Available, but never selected, since their calls may leave the allowed geographies: " +
    `${listModels(modelIds)}.`;
}

function staysInsideIn(registry: Registry, { model_id }: Model): boolean {
  const model = registry.models.find((each) => each.model_id === model_id);
  return model !== undefined && staysInside(model, registry);
}

/** Use cases that requests may name, each once for all assistants. */
function ofUseCases({ moves, useCaseMoves }: Comparison): string[] {
  const warnings = useCaseMoves.flatMap(({ assistantType, useCase, from, to }) => {
    const isTold = moves.some((move) =>
      move.assistantType === assistantType && modelIdOf(move.from) === modelIdOf(from) &&
      modelIdOf(move.to) === modelIdOf(to)
    );
    return isTold
      ? []
      : `Requests with use_case ${useCase} are answered by ${
        modelIdOf(to) ?? "no model"
      } instead of ${modelIdOf(from) ?? "none"}.`;
  });
  return [...new Set(warnings)];
}

/** Models that are retired now and whose successor does not take over. */
function ofSuccessors({ before, after }: Comparison): string[] {
  const retired = after.models.filter(({ model_id, lifecycle }) =>
    lifecycle === "retired" &&
    before.models.some((each) => each.model_id === model_id && each.lifecycle !== "retired")
  );
  return retired.flatMap((model) => {
    if (model.successor_model_id === null) return `${model.model_id} has no successor on record.`;
    return successorOf(model, after, usableForAny(after)) === null
      ? `${model.successor_model_id}, the successor of ${model.model_id}, cannot answer.`
      : [];
  });
}

function ofConversations({ conversations }: Affected): string[] {
  const { pinned, recent, keep_model, to_model_id } = conversations;
  if (keep_model || !pinned) return [];
  return [
    `${inWords(pinned, "conversation")} (${recent} used in the last 30 days) ${
      pinned === 1 ? "loses its" : "lose their"
    } model; ${to_model_id === null ? "no model answers" : `${to_model_id} answers`} ${
      pinned === 1 ? "it" : "most of them"
    }.`,
  ];
}

/** Turns of the last 30 days on a model that no rule names, such as those that asked for it. */
function ofOtherTurns({ before, after, turned }: Comparison, { used }: ImpactFigures): string[] {
  const ended = before.models.filter((model) =>
    turned.has(model.model_id) && isAvailableToAny(model, before) &&
    !after.models.some((each) => each.model_id === model.model_id && isAvailableToAny(each, after))
  );
  return ended.flatMap(({ model_id: id }) =>
    used.filter(({ model_id, turns }) => model_id === id && turns > 0).flatMap(
      ({ assistant_type, turns }) => {
        const went = `${inWords(turns, "call")} of the last 30 days went to ${id}`;
        // Clients of `openai` and `anthropic` name their models, most of them by id or alias.
        if (assistant_type === null) return `No assistant: ${went}.`;
        return modelIdOf(answeringOf(before, assistant_type)) === id
          ? []
          : `${assistant_type}: ${went}, although new conversations are answered by another model.`;
      },
    )
  );
}

function ofCost({ moves, after }: Comparison, { cost }: ImpactFigures): string[] {
  const { turns, unpriced, actual_usd: actual, what_if_usd: whatIf } = cost;
  const answering = [...new Set(moves.flatMap(({ to }) => modelOf(to) ?? []))];
  const warnings = answering.flatMap((model) => {
    const obstacle = obstacleOf("price_unknown", model, useForAny(after));
    return obstacle === null ? [] : `${obstacle.message} ${obstacle.hint}`;
  });
  if (unpriced > 0) {
    warnings.push(
      `The actual cost of ${unpriced} of ${
        inWords(turns, "call")
      } is not known, so the difference ` +
        "is too high.",
    );
  } else if (whatIf !== null && actual > 0 && whatIf > actual * (1 + notableRise)) {
    const percent = Math.round(100 * (whatIf / actual - 1));
    warnings.push(
      `The tokens of the last 30 days cost ${dollars(whatIf)} USD instead of ${
        dollars(actual)
      } USD: ${percent} % more.`,
    );
  }
  return warnings;
}

function inWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Cents, and of small sums two digits. */
function dollars(usd: number): string {
  return usd >= 1 ? usd.toFixed(2) : String(Number(usd.toPrecision(2)));
}
