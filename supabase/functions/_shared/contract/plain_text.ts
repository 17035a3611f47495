import { z } from "zod";

/**
 * Text that Postgres can store and every model can read: no NUL characters, no halves of
 * surrogate pairs.
 */
export const plainText: z.ZodType<string> = z.string()
  .refine((text) => !text.includes("\0"), "must not contain NUL characters")
  .refine((text) => text.isWellFormed(), "must not contain lone surrogates");
