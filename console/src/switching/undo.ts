import { type Services, useServices } from "../services.ts";
import { ownChange } from "./own_change.ts";
import type { Undo } from "./late_undo.ts";

/** The signed-in user's id. */
export function useUserId(): string {
  const state = useServices().session.state.value;
  return "userId" in state ? state.userId : "";
}

/**
 * How what was just changed can be taken back; null where it cannot, or where that could not be
 * found out: the change itself is made.
 *
 * @param entries How many entries of the audit log the change has written.
 * @param since The registry's version before the change.
 */
export async function findUndo(
  { manage }: Pick<Services, "manage">,
  { entries, userId, since }: { entries: number; userId: string; since: number },
): Promise<Undo | null> {
  // The log gives no longer page.
  if (entries < 1 || entries > 200) return null;
  try {
    const { switches } = await manage("history", { limit: entries });
    const own = switches.length < entries ? null : ownChange(switches, { userId, since });
    if (own === null) return null;
    return () => manage("rollback", { to: own.to, expected_version: own.version });
  } catch {
    return null;
  }
}
