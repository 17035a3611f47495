import { type Services, useServices } from "../services.ts";
import { ApiError } from "../api/api_error.ts";
import { ownChange } from "./own_change.ts";
import type { Undo } from "./use_change.ts";

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

/**
 * Takes a change back by another one of its kind; refused where such a change came in between, which
 * would be overwritten.
 *
 * @param version The registry's version after the change.
 */
export function undoUnlessChanged(
  { manage }: Pick<Services, "manage">,
  { action, version }: { action: "update-settings" | "set-role"; version: number },
  undo: Undo,
): Undo {
  return async () => {
    const { switches: [newest] } = await manage("history", { of_action: action, limit: 1 });
    if (newest !== undefined && newest.registry_version > version) {
      throw new ApiError("registry_changed", "Something else was changed since.", { status: 409 });
    }
    return await undo();
  };
}
