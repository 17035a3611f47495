import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { describeCauses } from "../../_shared/runtime/log.ts";
import type { NextRollback } from "../../_shared/switching/model_switch.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `history`: the newest entries of the audit log that pass the filters. */
export async function listHistory(
  request: RequestOf<"history">,
  dependencies: ManageDependencies,
): Promise<ResultOf<"history">> {
  const { history, readRegistryPart } = dependencies;
  const [switches, next, { version }] = await Promise.all([
    history.list({
      limit: request.limit ?? 20,
      before: request.before,
      modelId: request.model_id,
      assistantType: request.assistant_type,
      actions: request.of_action === undefined ? undefined : [request.of_action].flat(),
      actor: request.actor,
      search: request.search,
      from: request.from,
      to: request.to,
    }),
    request.before === undefined ? nextRollback(dependencies) : null,
    readRegistryPart([]),
  ]);
  return {
    switches,
    count: switches.length,
    next_rollback: next,
    registry_version: version,
  };
}

/** Null also where it cannot be read: the log is worth more than what is said beside it. */
async function nextRollback(
  { history, log }: Pick<ManageDependencies, "history" | "log">,
): Promise<NextRollback | null> {
  try {
    return await history.nextRollback();
  } catch (error) {
    log("next-rollback-not-read", { error: describeCauses(error) });
    return null;
  }
}

/** `rollback`: back to before the newest switch in force, or before an entry of the log. */
export async function rollBack(
  request: RequestOf<"rollback">,
  { history, readRegistryPart }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"rollback">> {
  const expected = request.expected_version ?? (await readRegistryPart([])).version;
  const rollback = await history.rollBack(request.to ?? null, expected, author);
  const registry = await readRegistryPart([]);
  return {
    message: rollback.changes.length === 0
      ? `The registry already was as before switch ${rollback.first_id}.`
      : `The registry is as it was before switch ${rollback.first_id}.`,
    ...rollback,
    default_model: registry.models.find((model) => model.is_default) ?? null,
    registry_version: registry.version,
  };
}

/** `verify-history`: whether the audit log is unchanged. */
export async function verifyHistory(
  request: RequestOf<"verify-history">,
  { history, readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"verify-history">> {
  const [verification, { version }] = await Promise.all([
    history.verify(request.known_hash ?? null),
    readRegistryPart([]),
  ]);
  return { verification, registry_version: version };
}
