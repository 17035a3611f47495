import { z } from "zod";
import { assistantSchema } from "./assistant.ts";
import { modelSchema } from "./model.ts";

/** Every model, assistant and setting as of one version, read in one consistent snapshot. */
export const registrySchema = z.object({
  version: z.number().int().nonnegative(),
  settings: z.object({
    /** Where calls may be processed; a model that may leave them is not used. */
    allowed_geographies: z.array(z.string()),
  }),
  /** In the order of `priority`, then `model_id`. */
  models: z.array(modelSchema),
  assistants: z.array(assistantSchema),
});

export type Registry = Readonly<z.infer<typeof registrySchema>>;
