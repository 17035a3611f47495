import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { type RoleChange, roleChangeSchema, type UserRole, userRoleSchema } from "./user_role.ts";

const rolesSchema = z.array(userRoleSchema);

/** Which users are listed; what is undefined does not count. */
export interface RoleFilters {
  /** 1 to 200 */
  readonly limit: number;
  /** A part of the address, in any case. */
  readonly email?: string | undefined;
  readonly assistantType?: string | undefined;
  /** Only users after this address. */
  readonly after?: string | undefined;
  /** With it, also users of that address, or of none, after this id. */
  readonly afterId?: string | undefined;
}

/** The roles of users, which say whom they talk to and who may manage models. */
export class UserRoles {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /** Users who have a role, in the order of their addresses and ids. */
  async list(
    { limit, email, assistantType, after, afterId }: RoleFilters,
  ): Promise<readonly UserRole[]> {
    const call = this.#database.rpc("list_user_roles", {
      p_limit: limit,
      ...(email !== undefined && { p_email: email }),
      ...(assistantType !== undefined && { p_assistant_type: assistantType }),
      ...(after !== undefined && { p_after: after }),
      ...(afterId !== undefined && { p_after_id: afterId }),
    });
    return await callDatabase(call, rolesSchema);
  }

  /**
   * Gives a user a role, or takes it away.
   *
   * @param assistantType null: none, so that the user talks to `health`
   * @throws {AppError} `user_not_found`, `email_not_confirmed`, `assistant_not_found`,
   * `last_platform_admin`, `own_role`
   */
  async set(
    email: string,
    assistantType: string | null,
    author: ChangeAuthor,
  ): Promise<RoleChange> {
    const call = this.#database.rpc("set_user_role", {
      p_email: email,
      ...(assistantType !== null && { p_assistant_type: assistantType }),
      ...authorArguments(author),
    });
    return await callDatabase(call, roleChangeSchema);
  }
}
