import { growthInterval, type Interval, intervalOf, type Values } from "./interval.ts";

/** What an interval says of a limit; undecided where the limit lies within it. */
export type Verdict = "met" | "missed" | "undecided";

/** A target and its measurement. */
export interface Target {
  readonly aim: string;
  readonly measured: Interval;
  readonly verdict: Verdict;
  /** What it would take to decide it; null where it is decided. */
  readonly toDecide: string | null;
}

/** With fewer rounds than these the bootstrap knows too little of their spread. */
const leastRounds = 8;

/** So many times the rounds of a run are more than anybody waits for. */
const mostTimes = 100;

export function atMost(aim: string, limit: number, values: Values): Target {
  return judge(aim, limit, intervalOf(values), roundsOf(values), isAtMost(limit));
}

export function atLeast(aim: string, limit: number, values: Values): Target {
  return judge(
    aim,
    limit,
    intervalOf(values),
    roundsOf(values),
    ({ low, high }) => low >= limit ? "met" : high < limit ? "missed" : "undecided",
  );
}

/** As {@linkcode atMost}, of how many times as large values are as those of a base. */
export function growsAtMost(aim: string, limit: number, values: Values, base: Values): Target {
  const rounds = Math.min(roundsOf(values), roundsOf(base));
  return judge(aim, limit, growthInterval(values, base), rounds, isAtMost(limit));
}

const isAtMost = (limit: number) => ({ low, high }: Interval): Verdict =>
  high <= limit ? "met" : low > limit ? "missed" : "undecided";

const roundsOf = (values: Values) => values.flat().filter(Number.isFinite).length;

/** A count that has to be exact, such as answers that were too late: nothing is estimated. */
export function exactly(aim: string, wanted: number, counted: number): Target {
  return {
    aim,
    measured: { estimate: counted, low: counted, high: counted },
    verdict: counted === wanted ? "met" : "missed",
    toDecide: null,
  };
}

function judge(
  aim: string,
  limit: number,
  measured: Interval,
  rounds: number,
  decide: (interval: Interval) => Verdict,
): Target {
  if (rounds < leastRounds) {
    const toDecide = `${rounds} rounds were measured, and at least ${leastRounds} are needed`;
    return { aim, measured, verdict: "undecided", toDecide };
  }
  const verdict = decide(measured);
  return {
    aim,
    measured,
    verdict,
    toDecide: verdict === "undecided" ? whatItTakes(measured, limit) : null,
  };
}

/** An interval becomes half as wide with four times the rounds. */
function whatItTakes({ estimate, low, high }: Interval, limit: number): string {
  const reach = estimate > limit ? estimate - low : high - estimate;
  const times = (reach / Math.abs(estimate - limit)) ** 2;
  if (!(times <= mostTimes)) return "it is at the limit: no number of rounds would decide it";
  return `about ${Math.max(2, Math.ceil(times))} times as many rounds and starts`;
}
