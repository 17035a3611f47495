import { z } from "zod";
import { errorCodes } from "../core/app_error.ts";
import type { Immutable } from "./immutable.ts";

/** An error, in an answer or in a stream. Decide by `code`, never by the words. */
export const errorSchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  /** What to do about it; for users, only where users can do something. */
  hint: z.string().optional(),
  /** Names the request in the functions' log. */
  request_id: z.string(),
});

/** The body of every answer that is not a success. */
export const errorAnswerSchema = z.object({ success: z.literal(false), error: errorSchema });

export type ErrorBody = Immutable<z.infer<typeof errorSchema>>;
