import type { ModelAnswer } from "../core/answer.ts";
import type { ModelRequest } from "../formats/model_format.ts";
import type { ProbeCheck } from "./model_probe.ts";

/** One call of a probe. */
export interface ProbeCall {
  readonly name: ProbeCheck["name"];
  readonly request: ModelRequest;
  readonly judge: (answer: ModelAnswer) => Verdict;
}

/** What an answer shows of what was asked. */
export interface Verdict {
  readonly ok: boolean;
  /** What is wrong with it, or was found; empty: nothing to say. */
  readonly text: string;
}

/** A check that the row asks for and a probe cannot make. */
export interface UntriedCheck {
  readonly name: ProbeCheck["name"];
  readonly reason: string;
}

export type ProbeStep = ProbeCall | UntriedCheck;
