import type { Effort } from "../registry/capabilities.ts";
import { efforts } from "../registry/capabilities.ts";
import type { Model } from "../registry/model.ts";
import type {
  AskedEffort,
  AskedInference,
  InferenceSettings,
  OwnThinking,
  Thinking,
  ThinkingBudget,
} from "./model_format.ts";

type SomeEffort = Exclude<Effort, "none">;

/** What is asked of one model. */
type AskedOfModel = Exclude<AskedEffort, OwnThinking>;

/** Tokens of thinking for each effort, where a model is given a budget. */
const budgets: Readonly<Record<SomeEffort, number>> = {
  low: 1_024,
  medium: 4_096,
  high: 16_384,
  xhigh: 32_768,
  max: 65_536,
};

/** The least budget that models take. */
const leastBudget = budgets.low;

/** How a model is told to think, and the settings that it takes while it does. */
export interface FittedThinking {
  readonly thinking: Thinking | null;
  /** Whether it thinks before it answers, told or by itself. */
  readonly thinks: boolean;
  readonly inference: InferenceSettings;
}

/**
 * Fits an effort to what the row of the model says: the highest that it takes and that is not above
 * the one asked for, else its lowest, which one that cannot be stopped is asked for with `none`. A
 * budget is given as it is where the row asks by one. A model that does not think is told nothing.
 *
 * @param wanted null: as the model does by itself
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */
export function fitThinking(
  model: Model,
  wanted: AskedEffort | null,
  { mostTokens = model.max_tokens, ...inference }: AskedInference,
): FittedThinking {
  const row = model.capabilities.thinking;
  const asked = effortOn(model, wanted);
  if (row === undefined) return { thinking: null, thinks: false, inference };
  if (asked === null) return { thinking: null, thinks: row.by_default, inference };
  if (asked === "none" && !isUnstoppable(row)) return withoutThinking(row, inference);
  const fitted = highest(effortOf(asked, row), row.efforts);
  switch (row.mode) {
    case "budget":
      return withAskedBudget(asked, inference) ??
        withBudget(mostTokens, budgetOf(asked, fitted), inference) ??
        withoutThinking(row, inference);
    case "adaptive":
      return thinking({ kind: "adaptive", effort: fitted }, inference);
    case "levels":
      return withLevel(fitted, row, inference, mostTokens < model.max_tokens);
    case "field":
      return thinking({ kind: "field", effort: fitted }, inference);
    default:
      return row.mode satisfies never;
  }
}

/** What is asked of this model; null: nothing is. */
export function effortOn(
  { capabilities }: Model,
  asked: AskedEffort | null,
): AskedOfModel | null {
  if (typeof asked !== "object" || asked === null || !("ownEffort" in asked)) return asked;
  return capabilities.thinking?.by_default ? asked.ownEffort : null;
}

type ThinkingRow = NonNullable<Model["capabilities"]["thinking"]>;

/** A budget stops with what asks for it. */
function isUnstoppable({ by_default, mode, off }: ThinkingRow): boolean {
  return by_default && off === "omitted" && mode !== "budget";
}

const withoutSampling = { temperature: null, topP: null, topK: null };

/** Sampling settings are refused or useless while a model thinks. */
function thinking(thinking: Thinking, inference: InferenceSettings): FittedThinking {
  return { thinking, thinks: true, inference: { ...inference, ...withoutSampling } };
}

function withoutThinking(row: ThinkingRow, inference: InferenceSettings): FittedThinking {
  switch (row.off) {
    case "disabled":
    case "between_tools":
      return { thinking: { kind: row.off }, thinks: false, inference };
    case "omitted":
      return { thinking: null, thinks: row.by_default, inference };
    default:
      return row.off satisfies never;
  }
}

/** Nova refuses a limit of the answer at its highest level, which a limited answer does without. */
function withLevel(
  effort: SomeEffort,
  row: ThinkingRow,
  inference: AskedInference,
  isLimited: boolean,
): FittedThinking {
  if (effort !== "high") return thinking({ kind: "level", effort }, inference);
  if (!isLimited) return thinking({ kind: "level", effort }, { ...inference, maxTokens: null });
  const lower = highest("medium", row.efforts);
  return lower === "high"
    ? withoutThinking(row, inference)
    : thinking({ kind: "level", effort: lower }, inference);
}

function isBudget(asked: AskedOfModel): asked is ThinkingBudget {
  return typeof asked === "object";
}

/** What is asked, as an effort. */
function effortOf(asked: AskedOfModel, { mode }: ThinkingRow): Effort {
  // What Claude takes "adaptive" alone for; other models are not asked for the most that they have.
  if (asked === "adaptive") return mode === "adaptive" ? "high" : "medium";
  return isBudget(asked) ? asked.effort ?? nearestEffort(asked.budgetTokens) : asked;
}

function nearestEffort(budget: number): SomeEffort {
  const distance = (effort: SomeEffort) => Math.abs(budgets[effort] - budget);
  const [first, ...others] = Object.keys(budgets) as [SomeEffort, ...SomeEffort[]];
  return others.reduce((best, next) => distance(next) < distance(best) ? next : best, first);
}

function budgetOf(asked: AskedOfModel, effort: SomeEffort): number {
  return isBudget(asked) ? asked.budgetTokens : budgets[effort];
}

/** Null where no budget was asked for, or none that fits in the answer's limit. */
function withAskedBudget(asked: AskedOfModel, inference: AskedInference): FittedThinking | null {
  if (!isBudget(asked)) return null;
  const { budgetTokens } = asked;
  const fits = budgetTokens >= leastBudget && budgetTokens < inference.maxTokens;
  return fits ? thinking({ kind: "budget", budgetTokens }, inference) : null;
}

/**
 * The budget is a part of the answer's limit, which is raised by it up to `most`; the answer keeps at
 * least half of that. Null where the least budget does not fit.
 */
function withBudget(
  most: number,
  budget: number,
  inference: AskedInference,
): FittedThinking | null {
  const answer = Math.min(inference.maxTokens, Math.ceil(most / 2));
  const budgetTokens = Math.min(budget, most - answer);
  if (budgetTokens < leastBudget) return null;
  const maxTokens = Math.min(most, inference.maxTokens + budgetTokens);
  return thinking({ kind: "budget", budgetTokens }, { ...inference, maxTokens });
}

function highest(effort: Effort, taken: ThinkingRow["efforts"]): SomeEffort {
  const inOrder = taken.toSorted((a, b) => efforts.indexOf(a) - efforts.indexOf(b));
  const most = efforts.indexOf(effort);
  return inOrder.findLast((option) => efforts.indexOf(option) <= most) ?? inOrder[0] ?? "low";
}
