import { z } from "zod";
import type { OutputSchema } from "../../formats/model_format.ts";
import { answerSchema } from "../answer_schema.ts";
import { anything, type Reading, refused } from "../reading.ts";

const formatSchema = z.discriminatedUnion("type", [
  z.looseObject({ type: z.enum(["text", "json_object"]) }),
  z.looseObject({ type: z.literal("json_schema"), json_schema: anything }),
]);

const jsonSchemaSchema = z.object({
  name: z.string().min(1).max(64),
  description: z.string().nullish(),
  schema: z.record(z.string(), z.unknown()),
  /** Every answer is checked, so that it changes nothing. */
  strict: anything,
});

/** Words for a model that is to answer with any JSON. */
export const jsonInstruction =
  "Answer with one JSON object and nothing else: no words before or after it, no code fence.";

/** How the answer is to be written. */
export type AskedOutput =
  | { readonly kind: "text" | "json" }
  | { readonly kind: "schema"; readonly schema: OutputSchema };

/** @throws {AppError} `invalid_request` for a schema that cannot be used */
export function readOutput(value: unknown, reading: Reading): AskedOutput {
  if (value === undefined || value === null) return { kind: "text" };
  const parsed = formatSchema.safeParse(value);
  if (!parsed.success) {
    throw refused("response_format.type", "must be text, json_object or json_schema");
  }
  const format = parsed.data;
  if (format.type === "text") return { kind: "text" };
  if (format.type === "json_object") return { kind: "json" };
  const { name, description, schema: asked } = reading.read(
    jsonSchemaSchema,
    format["json_schema"],
    "response_format.json_schema",
  );
  const schema = answerSchema(asked, "response_format.json_schema.schema");
  return { kind: "schema", schema: { name, description: description ?? null, schema } };
}
