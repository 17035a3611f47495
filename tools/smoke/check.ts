import { CheckFailed } from "./check_failed.ts";
import type { Credentials, Persona } from "./credentials.ts";
import type { CallerHeaders, SmokeProject } from "./smoke_project.ts";

/**
 * One line of the report. A check throws {@linkcode CheckFailed} where the project is not as it
 * should be, and returns what is worth a line: ids, names, figures, no one's words, no key.
 */
export interface SmokeCheck {
  readonly name: string;
  /** The test user that it needs; without that user it is skipped. */
  readonly persona?: Persona;
  readonly run: (context: SmokeContext) => Promise<string>;
}

/** What checks share. */
export interface SmokeContext {
  readonly project: SmokeProject;
  readonly credentials: Credentials;
  /** The headers that a test user sends; signs in once. */
  readonly as: (persona: Persona) => Promise<CallerHeaders>;
  readonly figures: Figures;
  /** Undoes what a check did to the project; called in reverse order, whatever happens. */
  readonly afterwards: (what: string, undo: Undo) => void;
}

/** @returns what could not or need not be as it was, for the report; as a rule nothing */
export type Undo = () => Promise<string | void>;

/** What the run used; grows with each check. */
export interface Figures {
  answers: number;
  /** USD; of what had a known price. */
  costUsd: number;
  /** Answers and probes whose cost is not known. */
  unpriced: number;
  readonly callRegions: Set<string>;
}

/** Prices per million tokens in USD; null: not known. */
export interface Prices {
  readonly input_cost_per_mtok: number | null;
  readonly output_cost_per_mtok: number | null;
}

/** Adds what tokens cost at the model's prices. */
export function noteTokens(
  figures: Figures,
  { input_cost_per_mtok: input, output_cost_per_mtok: output }: Prices,
  tokens: { readonly input: number; readonly output: number } | null,
): void {
  if (tokens === null || input === null || output === null) figures.unpriced++;
  else figures.costUsd += (tokens.input * input + tokens.output * output) / 1_000_000;
}

/** @throws {CheckFailed} unless it is so */
export function expectThat(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new CheckFailed(otherwise);
}
