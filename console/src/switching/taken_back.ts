import type { ModelSwitch } from "../api/manage_actions.ts";

/** What is set back by another change of its kind, or not at all. */
const lastingActions: ReadonlySet<string> = new Set([
  "update-settings",
  "set-role",
  "schedule-price",
  "adopt-price",
]);

/** Whether a rollback takes an entry back: AWS's own changes and a seeded history stay as well. */
export function isTakenBack(
  { action, source, is_seeded }: Pick<ModelSwitch, "action" | "source" | "is_seeded">,
): boolean {
  return !is_seeded && source !== "chat" && !lastingActions.has(action);
}
