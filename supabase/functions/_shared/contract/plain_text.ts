import { z } from "zod";

/**
 * Text that Postgres can store and every model can read: no NUL characters, no halves of
 * surrogate pairs.
 */
export const plainText: z.ZodType<string> = z.string()
  .refine((text) => !text.includes("\0"), "must not contain NUL characters")
  .refine((text) => text.isWellFormed(), "must not contain lone surrogates");

/** Whether a reader would see nothing: only spaces, invisible characters and fillers. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
}
