import type { ModelSwitch } from "../api/manage_actions.ts";
import { isRolledBack } from "../format/describe_entry.ts";

/** What a rollback takes back, and the registry's version that it is decided on. */
export interface OwnChange {
  readonly to: number;
  readonly version: number;
}

/**
 * The entries of the audit log that a request of this user has just written, as a rollback needs
 * them; null where the request changed nothing, or where another operator has changed something
 * since, or where no rollback takes an entry back. Only such entries can be taken back without taking back another operator's change.
 *
 * @param newest The log's newest entries, as many as the request has written.
 * @param since The registry's version before the request.
 */
export function ownChange(
  newest: readonly ModelSwitch[],
  { userId, since }: { userId: string; since: number },
): OwnChange | null {
  const [first, last] = [newest.at(-1), newest[0]];
  const isOwn = newest.every((entry) =>
    entry.actor_user_id === userId && entry.registry_version > since && isRolledBack(entry)
  );
  if (first === undefined || last === undefined || !isOwn) return null;
  return { to: first.id, version: last.registry_version };
}
