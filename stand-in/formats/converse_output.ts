import { z } from "zod";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";

const textFormat = z.strictObject({
  type: z.literal("json_schema"),
  structure: z.strictObject({
    jsonSchema: z.strictObject({
      name: z.string().optional(),
      description: z.string().optional(),
      schema: z.string(),
    }),
  }),
});

/**
 * The schema in Converse's `outputConfig.textFormat`, where it stands as a text; null: none.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
export function readTextFormat(value: unknown, model: ServedModel): unknown {
  if (value === undefined) return null;
  const parsed = textFormat.safeParse(value);
  // The words of the next three are not known.
  if (!parsed.success) throw invalid("The value at outputConfig.textFormat is invalid.");
  if (!model.structuredOutput) {
    throw invalid(
      "This model doesn't support the outputConfig.textFormat field. Remove it and try again.",
    );
  }
  try {
    return JSON.parse(parsed.data.structure.jsonSchema.schema);
  } catch {
    throw invalid("The schema at outputConfig.textFormat.structure.jsonSchema is not JSON.");
  }
}
