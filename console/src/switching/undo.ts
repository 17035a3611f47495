import { type Services, useServices } from "../services.ts";
import { ownChange, type Undo } from "./own_change.ts";

/** The signed-in user's id. */
export function useUserId(): string {
  const state = useServices().session.state.value;
  return state.kind === "admin" ? state.userId : "";
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
    return switches.length < entries ? null : ownChange(switches, { userId, since });
  } catch {
    return null;
  }
}
