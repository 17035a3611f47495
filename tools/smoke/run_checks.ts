import type { Figures, SmokeCheck, SmokeContext, Undo } from "./check.ts";
import { CheckFailed } from "./check_failed.ts";
import type { Account, Credentials, Persona } from "./credentials.ts";
import { type ProjectPlace, SmokeProject } from "./smoke_project.ts";

/** How a check ended. */
export interface CheckResult {
  readonly name: string;
  readonly status: "ok" | "failed" | "skipped";
  readonly detail: string;
}

export interface SmokeOutcome {
  readonly results: readonly CheckResult[];
  readonly figures: Figures;
  /** Whether it ended before every check had run. */
  readonly interrupted: boolean;
}

/**
 * Runs the checks one after the other, then undoes what they did to the project, whatever
 * happened. A check that has begun is not broken off: the model's answer is paid for.
 *
 * @param onResult gets each result when it is there
 */
export async function runChecks(
  checks: readonly SmokeCheck[],
  options: {
    readonly place: ProjectPlace;
    readonly credentials: Credentials;
    readonly signal: AbortSignal;
    readonly onResult: (result: CheckResult) => void;
  },
): Promise<SmokeOutcome> {
  const { place, credentials, signal, onResult } = options;
  const project = new SmokeProject(place, credentials);
  const undos: { what: string; undo: Undo }[] = [];
  const sessions = new Map<Persona, Promise<string>>();
  const figures: Figures = { answers: 0, costUsd: 0, unpriced: 0, callRegions: new Set() };
  const signIn = async (persona: Persona, account: Account) => {
    const token = await project.signIn(account);
    undos.push({ what: `sign out: ${persona}`, undo: () => project.signOut(token) });
    return token;
  };
  const context: SmokeContext = {
    project,
    credentials,
    figures,
    as: async (persona) => {
      const account = credentials.accounts[persona];
      if (account === null) throw new CheckFailed(`no ${persona} was given`);
      const session = sessions.get(persona) ?? signIn(persona, account);
      sessions.set(persona, session);
      return { apikey: credentials.publishableKey, authorization: `Bearer ${await session}` };
    },
    afterwards: (what, undo) => undos.push({ what, undo }),
  };

  const results: CheckResult[] = [];
  const note = (result: CheckResult) => {
    results.push(result);
    onResult(result);
  };
  for (const { name, persona, run } of checks) {
    if (signal.aborted) break;
    const skipped = persona !== undefined && credentials.accounts[persona] === null;
    note(
      skipped
        ? { name, status: "skipped", detail: `no ${persona} was given` }
        : await resultOf(name, () => run(context)),
    );
  }
  const interrupted = results.length < checks.length;
  note(await undoAll(undos));
  return { results, figures, interrupted };
}

/** Undoes everything, the last first, whatever fails of it. */
async function undoAll(undos: readonly { what: string; undo: Undo }[]): Promise<CheckResult> {
  const failed: string[] = [];
  const notes = new Set<string>();
  for (const { what, undo } of undos.toReversed()) {
    const { status, detail } = await resultOf(what, async () => await undo() ?? "");
    if (status === "failed") failed.push(`${what}: ${detail}`);
    else if (detail !== "") notes.add(detail);
  }
  const ended = failed.length === 0 ? [`${undos.length} things undone or in order`] : failed;
  return {
    name: "the project is as it was",
    status: failed.length === 0 ? "ok" : "failed",
    detail: [...ended, ...notes].join("; "),
  };
}

async function resultOf(name: string, run: () => Promise<string>): Promise<CheckResult> {
  try {
    return { name, status: "ok", detail: await run() };
  } catch (error) {
    // Another error's message could quote what was sent; its name is enough to report.
    const detail = error instanceof CheckFailed
      ? error.message
      : `a fault of the smoke test: ${error instanceof Error ? error.name : typeof error}`;
    return { name, status: "failed", detail };
  }
}
