import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `history`: the newest entries of the audit log that pass the filters. */
export async function listHistory(
  request: RequestOf<"history">,
  { history, readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"history">> {
  const [switches, next, { version }] = await Promise.all([
    history.list({
      limit: request.limit ?? 20,
      before: request.before,
      modelId: request.model_id,
      assistantType: request.assistant_type,
      action: request.of_action,
      actor: request.actor,
      search: request.search,
      from: request.from,
      to: request.to,
    }),
    history.nextRollback(),
    readRegistryPart([]),
  ]);
  return {
    switches,
    count: switches.length,
    next_rollback: next,
    registry_version: version,
  };
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
