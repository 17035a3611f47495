/** Fields that several requests share. */
import { z } from "zod";
import { isBlank, plainText } from "./plain_text.ts";

export const modelId = plainText.refine(
  (id) => id !== "" && id.length <= 2048,
  "is not a model id",
);

export const assistantType = plainText.refine(
  (type) => /^[a-z][a-z0-9_-]{0,62}$/.test(type),
  "is not an assistant's type",
);

export const email = plainText.refine(
  (text) => text.length <= 320 && /^[^\s@]+@[^\s@]+$/.test(text),
  "is not an e-mail address",
);

/** Why a change is made, for the audit log. */
export const reason = plainText
  .refine((text) => !isBlank(text), "must not be empty")
  .refine((text) => [...text].length <= 500, "must not be longer than 500 characters")
  .optional();

const momentWanted =
  "must be a time with its offset, such as 2026-11-01T00:00:00Z, from the year 2000 on";

/** A time in years that every database and program can name. */
export const moment = z.iso.datetime({ offset: true, error: momentWanted })
  .refine((text) => /^2\d{3}-/.test(text), momentWanted);

/** A part of what is looked for. */
export const searched = plainText.refine(
  (text) => text !== "" && text.length <= 200,
  "must have 1 to 200 characters",
);

/** The id of an entry of the audit log. */
export const switchId = z.int().positive();

/** The registry's version that a change was decided on; by default the one at the request. */
export const expectedVersion = z.int().positive().optional();

/** A page on the web that says what a provider keeps. */
export const retentionSource = z.url({ protocol: /^https?$/ }).max(2000);
