import { parseArgs } from "node:util";
import { UsageError } from "../../local/client/client_error.ts";
import type { HistoryPlan } from "./prepare_history.ts";

/** What the command line asks for; what it leaves out is undefined. */
export interface HistoryOptions {
  readonly help: boolean;
  readonly reset: boolean;
  readonly messages: number | undefined;
  readonly days: number | undefined;
  readonly seed: number | undefined;
  readonly endsAt: Date | undefined;
}

/** @throws {UsageError} on what it does not understand. */
export function readOptions(args: string[]): HistoryOptions {
  const { values } = parse(args);
  const messages = whole("messages", values.messages, 2, 20_000_000);
  if (messages !== undefined && messages % 2 === 1) {
    throw new UsageError("--messages must be even: a turn is a question and its answer.");
  }
  return {
    help: values.help ?? false,
    reset: values.reset ?? false,
    messages,
    days: whole("days", values.days, 2, 400),
    seed: whole("seed", values.seed, 0, 1_000_000),
    endsAt: moment(values.until),
  };
}

/**
 * Completes what was asked for by what an unfinished history has, or by the defaults.
 *
 * @throws {UsageError} if an unfinished history was to be another one.
 */
export function completePlan(
  options: HistoryOptions,
  unfinished: HistoryPlan | undefined,
  now: Date,
): HistoryPlan {
  const known = unfinished ?? { messages: 1_000_000, days: 90, seed: 1, endsAt: now };
  const { messages, days, seed, endsAt } = options;
  const plan: HistoryPlan = {
    messages: messages ?? known.messages,
    days: days ?? known.days,
    seed: seed ?? known.seed,
    endsAt: endsAt ?? known.endsAt,
  };
  if (
    unfinished !== undefined && (plan.messages !== known.messages || plan.days !== known.days ||
      plan.seed !== known.seed || plan.endsAt.getTime() !== known.endsAt.getTime())
  ) {
    throw new UsageError(
      `A history of ${known.messages} messages over ${known.days} days is unfinished: go on with it by leaving the options out, or remove it with --reset.`,
    );
  }
  return plan;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: "boolean", short: "h" },
        reset: { type: "boolean" },
        messages: { type: "string" },
        days: { type: "string" },
        seed: { type: "string" },
        until: { type: "string" },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

function whole(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageError(
      `--${name} must be a whole number from ${least} to ${most}, not "${text}".`,
    );
  }
  return value;
}

function moment(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const value = new Date(text);
  if (!/(?:Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(value.getTime()) || value > new Date()) {
    throw new UsageError(`--until must be a time that is over, such as 2026-11-25T18:00:00Z.`);
  }
  return value;
}
