/** What is done by itself, in words. */
import type { Status } from "../api/manage_actions.ts";
import { formatCount, nothing } from "./numbers.ts";
import { formatAge } from "./time.ts";

type Step = Status["steps"][number];

const steps: Readonly<Record<string, string>> = {
  "roll-up-days": "Sum up days for reports",
  "verify-history": "Verify the audit log",
  "verify-limits": "Compare limits with the ledger",
  "watch": "Look for alerts",
  "clean-cron": "Clean the log of Supabase Cron",
  "judge-rollouts": "Judge rollouts",
  "adopt-prices": "Put scheduled prices in force",
  "apply-changes": "Make approved changes",
  "remove-limits": "Remove limits of deleted users",
  "sweep-retention": "Look for conversations that are not kept any longer",
  "erase": "Go on with erasures",
  "drop-windows": "Remove ended windows of limits",
  "release-holds": "Release expired holds",
  "deliver": "Deliver alerts",
  "sync": "Compare AWS's lists",
};

/** A step of a later version is shown by its own name. */
export function nameOfStep(step: string): string {
  return steps[step] ?? step.replaceAll("-", " ");
}

/** What a step is at, where that is not as it should be or will be. */
export function labelOfState(state: Step["state"]): string | null {
  const labels = {
    ok: null,
    failed: null, // its error is shown
    not_ok: "not OK",
    running: "running",
    late: "late",
    not_set_up: "not set up",
  } as const;
  return labels[state];
}

/** When the tick last ran, and what that means. */
export function describeTick(
  { last_ran_at: ran, is_late }: Pick<Status, "last_ran_at" | "is_late">,
  now: number,
): string {
  if (ran === null) {
    return "It has never run, so nothing is watched: run it each minute with Supabase Cron or any " +
      "other.";
  }
  return `It last ran ${formatAge(ran, now)}${
    is_late ? ", which is late: until it runs again, no alert opens and none is delivered." : "."
  }`;
}

/** The figures that a step gave: those that are simple values. */
export function describeResult(result: Step["result"]): string {
  const simple = Object.entries(result ?? {}).filter(([, value]) =>
    typeof value === "number" || typeof value === "string" || typeof value === "boolean"
  );
  return simple.map(([name, value]) => `${name.replaceAll("_", " ")} ${text(value)}`).join(", ") ||
    nothing;
}

function text(value: unknown): string {
  if (typeof value === "number") return formatCount(value);
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}
