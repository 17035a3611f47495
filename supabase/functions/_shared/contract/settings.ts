/** Actions on the settings that apply to every model and user. */
import { z } from "zod";
import { geographies } from "../registry/geography.ts";
import { settingsSchema } from "../registry/registry.ts";
import { affectedSchema } from "../switching/impact.ts";
import { action } from "./action.ts";
import { reason } from "./request_fields.ts";

export const settingsActions = {
  "get-settings": action({}, { settings: settingsSchema }),
  "update-settings": action({
    /** Where calls may be processed. Default: unchanged, as for the other settings. */
    allowed_geographies: z.array(z.enum(geographies)).min(1).optional(),
    /** Where functions may run that read what users write; null: anywhere. */
    function_geographies: z.array(z.enum(geographies)).min(1).nullable().optional(),
    /** Whether platform admins need a second factor (`aal2`) for changes. */
    require_mfa: z.boolean().optional(),
    /** Whether changes need a person: those by a secret key alone are refused. */
    require_person: z.boolean().optional(),
    /** Whether users of anonymous sign-ins may chat. */
    allow_anonymous_users: z.boolean().optional(),
    /** Whether models whose provider keeps traffic, or might, may answer calls with no assistant. */
    allow_provider_retention: z.boolean().optional(),
    /** What becomes of conversations with another assistant than that of the user's present role. */
    on_role_change: settingsSchema.shape.on_role_change.optional(),
    /** Days for which backups of the project are kept; receipts of erasing tell it. At first 30. */
    backup_days: z.int().min(0).max(3650).optional(),
    reason,
  }, {
    message: z.string(),
    settings: settingsSchema,
    /** Available models that are never selected, since their calls may leave these geographies. */
    models_outside: z.array(z.string()),
    /** Null: not read. */
    affected: affectedSchema.nullable(),
    warnings: z.array(z.string()),
  }),
};
