import type { Spread } from "../stats.ts";

/** A target and its measurement. */
export interface Target {
  readonly aim: string;
  /** The measurement, round by round. */
  readonly measured: Spread;
  readonly met: boolean;
}

export interface ScenarioReport {
  readonly title: string;
  /** Lines of Markdown below the title. */
  readonly lines: readonly string[];
  readonly targets: readonly Target[];
  /** The measurements that are inconclusive, each with its reason. */
  readonly inconclusive: readonly string[];
}

export function atMost(aim: string, limit: number, measured: Spread): Target {
  return { aim, measured, met: measured.median <= limit };
}

export function atLeast(aim: string, limit: number, measured: Spread): Target {
  return { aim, measured, met: measured.median >= limit };
}
