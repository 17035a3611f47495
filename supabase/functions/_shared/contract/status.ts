/** The action on what runs by itself. */
import { tickStatusSchema } from "../tick/tick.ts";
import { action } from "./action.ts";

const { registry_version: _, ...status } = tickStatusSchema.shape;

export const statusActions = {
  "status": action({}, status),
};
