import type { z } from "zod";
import { AppError } from "../core/app_error.ts";

/**
 * Parses the body of a response with the schema of its format.
 *
 * @throws {AppError} `bedrock_bad_response`, naming the places that do not fit but none of their
 * content, which may be the answer's.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown, format: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const places = result.error.issues.map((issue) => issue.path.join(".") || "the body");
  throw new AppError(
    "bedrock_bad_response",
    `The model's answer is not of the format "${format}": wrong or missing ${
      [...new Set(places)].slice(0, 5).join(", ")
    }.`,
    { hint: "Check the format in the model's row of bedrock_models." },
  );
}
