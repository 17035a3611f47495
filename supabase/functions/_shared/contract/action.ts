import { z } from "zod";

/**
 * An action of `manage-bedrock-models`: the fields of its request besides `action`, and those of
 * its answer besides the two that every answer has.
 */
export function action<Request extends z.ZodRawShape, Answer extends z.ZodRawShape>(
  request: Request,
  answer: Answer,
) {
  return {
    /** Strict: a misspelt field is refused, not ignored. */
    request: z.strictObject(request),
    answer: z.object({
      success: z.literal(true),
      ...answer,
      /** The version of the registry that the answer is about. */
      registry_version: z.int(),
    }),
  };
}
