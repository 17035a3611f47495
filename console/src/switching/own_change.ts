import type { ModelSwitch } from "../api/manage_actions.ts";

/**
 * The entry of the audit log that a request of this user has just written for a model; undefined
 * where the request changed nothing, or where another operator has changed something since. Only such an
 * entry can be taken back without taking back another operator's change.
 *
 * @param newest The log's newest entry.
 * @param since The registry's version before the request.
 */
export function ownChange(
  newest: ModelSwitch | undefined,
  { modelId, userId, since }: { modelId: string; userId: string; since: number },
): ModelSwitch | undefined {
  return newest?.model_id === modelId && newest.actor_user_id === userId &&
      newest.registry_version > since
    ? newest
    : undefined;
}
