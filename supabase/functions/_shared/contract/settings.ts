/** Actions on the settings that apply to every model. */
import { z } from "zod";
import { geographies } from "../registry/geography.ts";
import { settingsSchema } from "../registry/registry.ts";
import { action } from "./action.ts";

export const settingsActions = {
  "get-settings": action({}, { settings: settingsSchema }),
  "update-settings": action({
    /** Where calls may be processed. */
    allowed_geographies: z.array(z.enum(geographies)).min(1),
  }, {
    message: z.string(),
    settings: settingsSchema,
    /** Available models that are never selected, since their calls may leave these geographies. */
    models_outside: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
};
