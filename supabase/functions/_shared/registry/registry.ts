import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import type { UnreadableRow } from "../database/read_leniently.ts";
import { assistantSchema } from "./assistant.ts";
import { modelSchema } from "./model.ts";

/** Settings that apply to every model. */
export const settingsSchema = z.object({
  /** Where calls may be processed; a model that may leave them is not used. */
  allowed_geographies: z.array(z.string()),
});

/** Every model, assistant and setting as of one version, read in one consistent snapshot. */
export const registrySchema = z.object({
  version: z.number().int().nonnegative(),
  settings: settingsSchema,
  /** In the order of `priority`, then `model_id`. */
  models: z.array(modelSchema),
  assistants: z.array(assistantSchema),
});

export interface Registry extends Readonly<z.infer<typeof registrySchema>> {
  /** Rows of models and assistants that could not be read and are left out, where there are any. */
  readonly unreadable?: readonly UnreadableRow[];
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
  const row = unreadable.find(({ name }) => names.includes(name));
  if (row === undefined) return;
  throw new AppError("registry_invalid", undefined, {
    hint: `Correct the row of ${row.name}: ${row.problem}`,
  });
}
