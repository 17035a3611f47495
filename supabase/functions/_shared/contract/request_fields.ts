/** Fields that several requests share. */
import { z } from "zod";
import { plainText } from "./plain_text.ts";

export const modelId = plainText.refine(
  (id) => id !== "" && id.length <= 2048,
  "is not a model id",
);

export const assistantType = plainText.refine(
  (type) => /^[a-z][a-z0-9_-]{0,62}$/.test(type),
  "is not an assistant's type",
);

/** The id of an entry of the audit log. */
export const switchId = z.int().positive();

/** The registry's version that a change was decided on; by default the one at the request. */
export const expectedVersion = z.int().positive().optional();
