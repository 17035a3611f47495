/** The steps of a switch, from the call that proves a model to the way back. */
import type { ApiError } from "../api/api_error.ts";
import type { Affected, ModelProbe, ProbeCheck } from "../api/manage_actions.ts";
import type { RegistryView } from "../state/registry.ts";

/** What came of calling the model before anybody decides. */
export interface Proof {
  readonly valid: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly message: string;
  }[];
  readonly probe: ModelProbe | null;
}

/** What is decided on: the registry as the confirmation shows it, and keeps showing it. */
export interface Basis {
  /** Null: there is no model to be called. */
  readonly proof: Proof | null;
  readonly view: RegistryView;
  /** Whether it is shown again, since another operator changed the registry before it was confirmed. */
  readonly again: boolean;
}

/** A switch that was made. */
export interface Outcome {
  readonly message: string;
  readonly warnings: readonly string[];
  readonly probe: ModelProbe | null;
  /** Null: not read, which a warning says. */
  readonly affected: Affected | null;
  /** The rollout that watches it; null: none does. */
  readonly rolloutId: number | null;
  readonly version: number;
  /** False where nothing was changed. */
  readonly changed: boolean;
}

export type SwitchStep =
  | { readonly kind: "probing" }
  /** The model does not serve, or may not be used: nothing can be switched. */
  | { readonly kind: "unfit"; readonly proof: Proof }
  /** The price that is missing is entered. */
  | { readonly kind: "pricing"; readonly error: ApiError | null }
  | { readonly kind: "setting-price" }
  | { readonly kind: "confirm"; readonly basis: Basis }
  | { readonly kind: "switching" }
  | { readonly kind: "done"; readonly outcome: Outcome }
  | { readonly kind: "undoing"; readonly outcome: Outcome }
  | { readonly kind: "undone"; readonly message: string }
  /** A request failed; `again` is the step that it can be tried from. */
  | {
    readonly kind: "failed";
    readonly error: ApiError;
    readonly again: "probing" | null;
  };

/** Where a proof leads. */
export function stepAfterProof(proof: Proof, view: RegistryView): SwitchStep {
  return proof.valid
    ? { kind: "confirm", basis: { proof, view, again: false } }
    : { kind: "unfit", proof };
}

/**
 * Where a confirmation leads: on, or to another one where the registry is not any more what was
 * confirmed. The API itself refuses only what concerns the same model or assistant.
 */
export function stepAfterConfirmation(basis: Basis, present: RegistryView): SwitchStep {
  return present.version === basis.view.version
    ? { kind: "switching" }
    : { kind: "confirm", basis: { ...basis, view: present, again: true } };
}

/**
 * How long a confirmation cannot be confirmed, in milliseconds: where it takes the place of one that
 * was out of date, a second click may still be meant for that one.
 */
export function heldBackMs({ again }: Basis): number {
  return again ? 1_000 : 0;
}

/**
 * Tells what a dialog shows from what it showed before. A confirmation that has changed is another
 * one: focus leaves its button, so that a second Enter does not confirm it.
 */
export function nameOfStep(step: SwitchStep): string {
  return step.kind === "confirm" ? `confirm ${step.basis.view.version}` : step.kind;
}

/** Whether a request is on its way, so that the dialog must not be closed. */
export function isBusy(step: SwitchStep): boolean {
  return step.kind === "switching" || step.kind === "undoing" || step.kind === "setting-price";
}

/** Whether a model is only to be switched to once its price is known. */
export function lacksPrice({ checks }: Proof): boolean {
  return checks.some(({ name, ok }) => name === "prices" && !ok);
}

const whatWasChecked: Readonly<Record<ProbeCheck["name"], string>> = {
  invoke: "Without streaming",
  stream: "Streaming",
  tool: "Tools",
  schema: "JSON schemas",
  image: "Images",
  document: "Documents",
  caching: "Caching",
};

/** What keeps a model from being switched to, each once, with what to do about it. */
export function reasonsAgainst(
  { checks, probe }: Proof,
): { text: string; hint: string | null }[] {
  const found = checks.filter(({ ok }) => !ok).map(({ message }) => ({
    text: message,
    hint: null,
  }));
  const tried: readonly ProbeCheck[] = probe?.checks.filter(({ ok }) => ok !== null) ?? [];
  const failed = tried.filter(({ ok }) => !ok);
  const told = new Set<string>();
  const calls = failed.flatMap((check) => {
    if (told.has(check.message)) return [];
    told.add(check.message);
    const where = failed.length === tried.length ? "" : `${whatWasChecked[check.name]}: `;
    return [{
      text: `${where}${check.message} (${check.error_code})`,
      hint: check.hint,
    }];
  });
  return [...found, ...calls];
}

/** Says what a good probe found, and what it could not check. */
export function describeProbe(probe: ModelProbe | null): string {
  if (probe === null) return "The model was not called.";
  const untried = probe.checks.filter(({ ok }) => ok === null)
    .map(({ name, message }) => ` ${whatWasChecked[name]}: ${message}`);
  const stream = probe.checks.find(({ name }) => name === "stream");
  const first = stream?.time_to_first_token_ms ?? null;
  return [
    probe.latency_ms === null ? "Answered" : `Answered in ${probe.latency_ms} ms`,
    first === null ? "" : `, first text after ${first} ms`,
    probe.input_tokens === null ? "" : `; ${probe.input_tokens} tokens in`,
    probe.output_tokens === null ? "" : ` and ${probe.output_tokens} out`,
    ".",
    ...untried,
  ].join("");
}
