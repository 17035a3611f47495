import { AppError } from "../core/app_error.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";
import { successorOf } from "../selection/available_models.ts";
import { usableFor } from "../selection/ranking.ts";
import { type Choice, choices } from "../selection/choices.ts";
import { rolloutOf } from "../selection/rollout.ts";
import type { SelectionRequest } from "../selection/selection.ts";
import type { Explanation } from "./explain.ts";
import { summarize, wordsOf } from "./summarize_turn.ts";
import { needsIn } from "./turn_content.ts";
import type { TurnFacts } from "./turn_facts.ts";
import { unaffordable, whyPassedOver } from "./why_passed_over.ts";

type Rule = Explanation["rules"][number];

/**
 * Explains a turn or a call: the rules of selection, applied once more to the registry that it saw, beside what
 * is on record of it.
 *
 * @param registry As of the turn; null where it is not known.
 */
export function explainTurn(facts: TurnFacts, registry: Registry | null): Explanation {
  const { request_id, message_id, conversation_id, assistant_type, at, status } = facts;
  const answered = status !== "failed";
  const row = registry?.models.find(({ model_id }) => model_id === facts.model_id);
  const name = row?.model_name ?? facts.model_name;
  return {
    request_id,
    message_id,
    conversation_id,
    assistant_type,
    at,
    status,
    error_code: facts.error_code,
    model_id: answered ? facts.model_id : null,
    model_name: answered ? name : null,
    reason: answered ? facts.reason : null,
    registry_version: facts.registry_version,
    registry_known: registry !== null,
    summary: summarize({ ...facts, model_name: name }, registry),
    rules: registry === null ? [] : rulesOf(facts, registry),
  };
}

function rulesOf(facts: TurnFacts, registry: Registry): Rule[] {
  const request = requestOf(facts, registry);
  const named = Map.groupBy(choicesOf(request), ({ reason }) => reason);
  const rules: Rule[] = [];
  const told = new Set<string>();
  for (const rule of ruleOrder) {
    const choicesBy = named.get(rule) ?? [];
    // Most of the time there is no rollout to tell of.
    if (rule === "canary" && choicesBy.length === 0 && !hasRollout(facts, registry)) continue;
    if (choicesBy.length === 0) rules.push(namesNone(rule, facts, request));
    for (const choice of choicesBy) {
      // There may be thousands of models by priority.
      if (rule !== "priority" || isTold(choice.model, facts, told)) {
        rules.push(ruleOf(choice, facts, registry));
        told.add(choice.model.model_id);
      }
      const successor = successorOf(
        choice.model,
        registry,
        usableFor(registry, facts.assistant_type),
      );
      if (
        successor !== null && isOnRecord(successor.model_id, facts, told) &&
        (facts.reason === "fallback" || !answeredBy(successor.model_id, facts))
      ) {
        rules.push(ruleOfSuccessor(choice.model, successor, facts, registry));
        told.add(successor.model_id);
      }
      if (rules.at(-1)?.outcome === "answered") return rules;
    }
  }
  return facts.status === "failed" || facts.model_id === null ? rules : [
    ...rules,
    unexpected(facts),
  ];
}

/** What the choice depended on, as far as it is on record. */
function requestOf(facts: TurnFacts, registry: Registry): SelectionRequest {
  const pinnedModelId = facts.reason === "pinned" ? facts.model_id : facts.pinned_model_id;
  const answering = registry.models.find(({ model_id }) => model_id === facts.model_id);
  const request: SelectionRequest = {
    registry,
    pinnedModelId,
    requestedModelId: null,
    assistantType: facts.assistant_type,
    // A request may name another than its conversation.
    useCase: facts.reason === "use_case" ? answering?.use_case ?? null : facts.use_case,
    needs: needsIn(facts.content),
    pinIsReverted: facts.fallback_code === "rollout_reverted",
    canaryModelId: canaryIn(facts),
  };
  return { ...request, requestedModelId: requestedIn(facts, request) };
}

/** The model of a rollout that was due; a conversation has its pin instead from its first answer on. */
function canaryIn({ rollout, pinned_model_id, reason, fallback_code }: TurnFacts): string | null {
  const isOpen = pinned_model_id === null || fallback_code === "rollout_reverted";
  return rollout?.side === "canary" && !rollout.is_watched && isOpen && reason !== "pinned"
    ? rollout.model_id
    : null;
}

/** A model that should have answered although no rule named it first was asked for. */
function requestedIn(facts: TurnFacts, request: SelectionRequest): string | null {
  if (facts.reason === "requested") return facts.model_id;
  const { requested_model: expected } = facts;
  if (expected === null || expected === request.pinnedModelId) return null;
  const [first] = choicesOf(request);
  return first === undefined || first.model.model_id === expected ? null : expected;
}

/** Without the request, where the registry would have refused it. */
function choicesOf(request: SelectionRequest): Choice[] {
  try {
    return [...choices(request)];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [...choices({ ...request, requestedModelId: null })];
  }
}

function answeredBy(modelId: string, { model_id, status }: TurnFacts): boolean {
  return status !== "failed" && modelId === model_id;
}

/** Whether the turn's record says what came of a model that is not told yet. */
function isOnRecord(modelId: string, facts: TurnFacts, told: ReadonlySet<string>): boolean {
  const { model_id, requested_model, calls } = facts;
  return !told.has(modelId) &&
    [model_id, requested_model, ...calls.map((call) => call.model_id)].includes(modelId);
}

/** Of the models by priority, those on record and those that a limit left too little for. */
function isTold(model: Model, facts: TurnFacts, told: ReadonlySet<string>): boolean {
  return isOnRecord(model.model_id, facts, told) ||
    (!told.has(model.model_id) && unaffordable(model, facts) !== null);
}

function ruleOf(choice: Choice, facts: TurnFacts, registry: Registry): Rule {
  const { model: { model_id }, reason: rule } = choice;
  if (!answeredBy(model_id, facts)) {
    return { rule, model_id, outcome: "passed-over", ...whyPassedOver(choice, facts, registry) };
  }
  const message = facts.status === "partial"
    ? `It answered, until the answer was cut short: ${wordsOf(facts.error_code)}`
    : "It answered.";
  return { rule, model_id, outcome: "answered", code: null, message };
}

function ruleOfSuccessor(
  replaced: Model,
  model: Model,
  facts: TurnFacts,
  registry: Registry,
): Rule {
  const rule = ruleOf({ model, reason: "priority", obstacle: null }, facts, registry);
  const message = `It is the successor of ${replaced.model_id}. ${rule.message}`;
  return { ...rule, rule: "successor", message };
}

/** A pin that had ended is told first, although it comes after what the request asks for. */
const ruleOrder = [
  "pinned",
  "requested",
  "canary",
  "assistant",
  "use_case",
  "default",
  "priority",
] as const;

function namesNone(
  rule: typeof ruleOrder[number],
  facts: TurnFacts,
  { pinnedModelId, useCase, registry }: SelectionRequest,
): Rule {
  const { assistant_type: type, conversation_id, pin_known } = facts;
  const pin = conversation_id === null
    ? "A call belongs to no conversation that could be pinned to a model."
    : pinnedModelId === null
    ? "The conversation was not pinned to a model."
    : `${pinnedModelId}, the conversation's pin, was not in the registry, or took new ones only.`;
  const messages = {
    pinned: pin_known ? pin : "The conversation is deleted, and with it what it was pinned to.",
    requested: "The request named no model.",
    canary: whyNoCanary(facts, registry),
    assistant: type === null
      ? "The call was with no assistant."
      : `${type} had no model of its own.`,
    use_case: useCase === null && type === null
      ? "The call was for no use case."
      : `No enabled model had the use case ${useCase ?? type}.`,
    default: "There was no enabled default.",
    priority: "No model was available.",
  } satisfies Record<typeof rule, string>;
  return { rule, model_id: null, outcome: "names-none", code: null, message: messages[rule] };
}

function hasRollout({ rollout, assistant_type }: TurnFacts, registry: Registry): boolean {
  return rollout !== null || rolloutOf(registry, assistant_type)?.isWatched === false;
}

function whyNoCanary({ rollout, assistant_type }: TurnFacts, registry: Registry): string {
  if (rollout?.is_watched) return `The switch to ${rollout.model_id} is watched, without shares.`;
  if (rollout?.side === "former") {
    return `Rollout ${rollout.id} gave ${rollout.model_id} ${rollout.share} percent, ` +
      "and this was not among them.";
  }
  if (rollout) return "The conversation had a model already.";
  const underWay = rolloutOf(registry, assistant_type);
  return underWay === null || underWay.isWatched
    ? "No rollout in shares was under way."
    : `It was no part of rollout ${underWay.id}: its model was named or pinned before, another ` +
      "rule decided, or one of the two models could not take it.";
}

/** A model that the rules do not lead to, as of an instance that had read another registry. */
function unexpected({ reason, model_id }: TurnFacts): Rule {
  return {
    rule: reason ?? "unknown",
    model_id,
    outcome: "answered",
    code: null,
    message: "It answered, though the rules above do not lead to it.",
  };
}
