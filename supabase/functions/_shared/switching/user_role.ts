import { z } from "zod";

/** A user who has a role. */
export const userRoleSchema = z.object({
  user_id: z.string(),
  /** Null for a user who signs in by other means. */
  email: z.string().nullable(),
  assistant_type: z.string(),
  since: z.string(),
});

/** What setting a role did. */
export const roleChangeSchema = z.object({
  user_id: z.string(),
  email: z.string(),
  assistant_type: z.string().nullable(),
  former_assistant_type: z.string().nullable(),
  /** Whether the role's assistant is there and active, or `health` for a user without a role. */
  assistant_is_active: z.boolean(),
  is_banned: z.boolean(),
  registry_version: z.int(),
});

export type UserRole = Readonly<z.infer<typeof userRoleSchema>>;
export type RoleChange = Readonly<z.infer<typeof roleChangeSchema>>;
