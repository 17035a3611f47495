import { z } from "zod";
import { assistantSchema } from "./assistant.ts";
import { type LeftOutRow, refuseLeftOut, rowName } from "./left_out_row.ts";
import { modelSchema } from "./model.ts";

/** Settings that apply to every model and user. */
export const settingsSchema = z.object({
  /** Where calls may be processed; a model that may leave them is not used. */
  allowed_geographies: z.array(z.string()),
  /** Where functions may run that read what users write; null: anywhere. */
  function_geographies: z.array(z.string()).nullable(),
  /** Whether platform admins need a second factor (`aal2`) for changes. */
  require_mfa: z.boolean(),
  /** Whether changes need a person: those by a secret key alone are refused. */
  require_person: z.boolean(),
  /** Whether users of anonymous sign-ins may chat. */
  allow_anonymous_users: z.boolean(),
  /** Whether models whose provider keeps traffic, or might, may answer calls with no assistant. */
  allow_provider_retention: z.boolean(),
  /** What becomes of conversations with another assistant than that of the user's present role. */
  on_role_change: z.enum(["refuse", "move"]),
  /** Days for which backups of the project are kept; receipts of erasing tell it. */
  backup_days: z.int().nonnegative(),
});

/** Every model, assistant and setting as of one version, read in one consistent snapshot. */
export const registrySchema = z.object({
  version: z.number().int().nonnegative(),
  /** Hash of the audit log's newest entry; empty without one. Names the history of the version. */
  hash: z.string(),
  settings: settingsSchema,
  /** In the order of `priority`, then `model_id`. */
  models: z.array(modelSchema),
  assistants: z.array(assistantSchema),
});

export interface Registry extends Readonly<z.infer<typeof registrySchema>> {
  /** Rows of models and assistants that could not be read and are left out, where there are any. */
  readonly unreadable?: readonly LeftOutRow[];
}

/**
 * Refuses what needs a row that could not be read.
 *
 * @param names Ids of models and types of assistants; what is null needs none.
 * @throws {AppError} `registry_invalid`, naming the row and its column
 */
export function requireReadable(
  { unreadable = [] }: Registry,
  ...names: readonly (string | null | undefined)[]
): void {
  const wanted = new Set(names.map((name) => name && rowName(name)));
  const row = unreadable.find(({ name }) => wanted.has(name));
  if (row !== undefined) refuseLeftOut(row);
}

/**
 * Names a state of the registry. The version alone does not: after a restore of a backup it counts
 * on from an earlier one, and comes to the same numbers by other changes.
 */
export type RegistryState = Pick<Registry, "version" | "hash">;
