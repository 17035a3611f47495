import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import type { RoleChange } from "../../_shared/switching/user_role.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `list-roles`: users who have a role, in the order of their addresses and ids. */
export async function listRoles(
  request: RequestOf<"list-roles">,
  { roles, readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"list-roles">> {
  const [listed, { version }] = await Promise.all([
    roles.list({
      limit: request.limit ?? 50,
      email: request.email,
      assistantType: request.assistant_type,
      after: request.after,
      afterId: request.after_id,
    }),
    readRegistryPart([]),
  ]);
  return { roles: listed, count: listed.length, registry_version: version };
}

/** `set-role`: the role of the user of a confirmed address. */
export async function setRole(
  request: RequestOf<"set-role">,
  { roles }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-role">> {
  const change = await roles.set(request.email, request.assistant_type, author);
  const { assistant_is_active: isActive, is_banned: isBanned, ...answer } = change;
  return { message: describe(change), ...answer, warnings: warningsOf(isActive, isBanned, change) };
}

function describe({ email, assistant_type: role, former_assistant_type: former }: RoleChange) {
  if (role === former) {
    return `${email} ${role === null ? "has no role" : `already has role ${role}`}.`;
  }
  if (role === null) return `${email} has no role now and talks to health. Before: ${former}.`;
  return `${email} has role ${role} now. Before: ${former ?? "none"}.`;
}

function warningsOf(isActive: boolean, isBanned: boolean, { assistant_type: role }: RoleChange) {
  return [
    ...(isActive
      ? []
      : [`There is no active assistant ${role ?? "health"}: the user's chats are refused.`]),
    ...(isBanned ? ["The user is banned and cannot sign in."] : []),
  ];
}
