import type { Usage } from "../core/answer.ts";
import { AppError, codeOf } from "../core/app_error.ts";
import type { Model } from "../registry/model.ts";
import { type Allowance, type Budget, leastAnswerTokens } from "./budget.ts";
import { affordableOutput, costOf, mostCost, tokensOfUsage } from "./most_cost.ts";

/** A call that a run has made, with what it used as the ledger counts it. */
export interface SpentCall {
  readonly model: Model;
  readonly usage: Usage;
}

/** What all calls of a run may come to together. */
export interface RunTotal {
  /** 0 where a price is not known, which no hard limit in USD lets through. */
  readonly usd: number;
  readonly tokens: number;
}

/** Raises what a run may use, as far as its limits leave it; null where it holds nothing of them. */
export type RaiseBudget = (total: RunTotal) => Promise<Budget | null>;

/** What a run may use. It is raised where a further call needs more, until limits leave no more. */
export class RunBudget {
  #granted: Budget | null;
  #raise: RaiseBudget | null;

  /** @param granted null: no hard limit of money or tokens holds */
  constructor(granted: Budget | null, raise: RaiseBudget | null) {
    this.#granted = granted;
    this.#raise = raise;
  }

  /** Null: unlimited. */
  get granted(): Budget | null {
    return this.#granted;
  }

  /** Whether it may be more, where it is asked for. */
  get canRise(): boolean {
    return this.#raise !== null;
  }

  /** Raises it to so much, or as far as it goes; never throws. */
  async raise(total: RunTotal): Promise<void> {
    const raise = this.#raise;
    // What is refused once, or cannot be told, takes no call its time again.
    this.#raise = null;
    const raised = await raise?.(total).catch(() => null) ?? null;
    if (raised === null) return;
    this.#granted = raised;
    if (pays(raised.usd, total.usd) && pays(raised.tokens, total.tokens)) this.#raise = raise;
  }
}

function pays(allowance: Allowance | null, amount: number): boolean {
  return allowance === null || allowance.amount >= amount;
}

/** How long an answer a run may still ask for. */
export interface AnswerRoom {
  /** Infinity where no limit says. */
  readonly tokens: number;
  /** The limit that leaves the least. */
  readonly limit: Allowance | null;
}

const unlimited: AnswerRoom = { tokens: Infinity, limit: null };

/**
 * The longest answer of a model that a run's budget pays for.
 *
 * @param spent the run's calls so far
 * @param inputTokens of the call, by estimate from above
 * @throws {AppError} `price_unknown` where a limit in USD holds and the model's price is not known
 */
export function roomForAnswer(
  { usd, tokens }: Budget,
  spent: readonly SpentCall[],
  model: Model,
  inputTokens: number,
): AnswerRoom {
  const rooms = [
    usd === null ? unlimited : roomInUsd(usd, spent, model, inputTokens),
    tokens === null ? unlimited : roomInTokens(tokens, spent, inputTokens),
  ];
  return rooms.reduce((least, room) => room.tokens < least.tokens ? room : least);
}

/**
 * What a run comes to at most where it makes one more call.
 *
 * @param spent the run's calls so far
 * @param inputTokens of the call, by estimate from above
 * @param outputTokens of the call's answer
 */
export function totalWith(
  spent: readonly SpentCall[],
  model: Model,
  inputTokens: number,
  outputTokens: number,
): RunTotal {
  return {
    usd: sum(spent, dollarsOf) + (mostCost(model, inputTokens, outputTokens) ?? 0),
    tokens: sum(spent, tokensOfCall) + inputTokens + outputTokens,
  };
}

/**
 * Whether an answer is worth its call: near a limit it may be shorter than what is asked for, but not
 * by any number of tokens.
 */
export function isWorthwhile({ tokens }: AnswerRoom, askedTokens: number): boolean {
  return tokens >= Math.min(leastAnswerTokens, askedTokens);
}

/** The refusal of a call that a limit leaves too little for. */
export function limitExceeded({ limit, retryAfterSeconds }: Allowance): AppError {
  return new AppError("limit_exceeded", `The limit is reached: ${limit}.`, {
    hint: "It leaves too little for this question and an answer. Ask with fewer words, or later.",
    retryAfterSeconds: retryAfterSeconds ?? undefined,
  });
}

/** Whether a model was not called because the run's budget does not pay for it. */
export function isOverBudget(error: unknown): boolean {
  const code = codeOf(error);
  return code === "limit_exceeded" || code === "price_unknown";
}

function roomInUsd(
  limit: Allowance,
  spent: readonly SpentCall[],
  model: Model,
  inputTokens: number,
): AnswerRoom {
  const left = limit.amount - sum(spent, dollarsOf);
  const tokens = affordableOutput(model, inputTokens, left);
  if (tokens !== null) return { tokens, limit };
  throw new AppError("price_unknown", `The price of ${model.model_id} is not known.`, {
    hint: `The limit "${limit.limit}" allows no call of unknown cost. Enter the model's price.`,
  });
}

function roomInTokens(
  limit: Allowance,
  spent: readonly SpentCall[],
  inputTokens: number,
): AnswerRoom {
  const left = limit.amount - sum(spent, tokensOfCall);
  return { tokens: Math.max(0, Math.floor(left - inputTokens)), limit };
}

/** As the ledger has it or, where a price of the cache's is not known, the most. */
function dollarsOf({ model, usage }: SpentCall): number {
  const output = usage.outputTokens ?? 0;
  return costOf(model, usage) ?? mostCost(model, tokensOfUsage(usage) - output, output) ?? 0;
}

function tokensOfCall({ usage }: SpentCall): number {
  return tokensOfUsage(usage);
}

function sum(calls: readonly SpentCall[], amountOf: (call: SpentCall) => number): number {
  return calls.reduce((total, call) => total + amountOf(call), 0);
}
