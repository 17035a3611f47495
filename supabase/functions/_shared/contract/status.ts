/** The action on what runs by itself. */
import { z } from "zod";
import { tickStatusSchema } from "../tick/tick.ts";
import { action } from "./action.ts";

const { registry_version: _, runs_outside: _runs, ...status } = tickStatusSchema.shape;

export const statusActions = {
  "status": action({}, {
    ...status,
    /** What an operator should change, in sentences. */
    warnings: z.array(z.string()),
  }),
};
