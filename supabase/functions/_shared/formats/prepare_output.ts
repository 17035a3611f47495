import { storableText } from "../core/storable_text.ts";
import type { Capabilities } from "../registry/capabilities.ts";
import type { FormatId, Model } from "../registry/model.ts";
import type { Asked, JsonObject, OutputSchema, PreparedOutput } from "./model_format.ts";
import { enforceableSchema } from "./output_schema.ts";
import { UnusableSchema } from "./schema_size.ts";
import { safeName } from "./tool_names.ts";
import { fitObjectSchema, schemaFormat } from "./tool_schema.ts";

/**
 * How a model is held to the schema of the answer, in falling order: by itself; by a tool that it
 * has to call, unless the caller has tools, which that one would hide; by words.
 *
 * @param thinks Whether the model thinks, which may forbid to force a tool.
 */
export function prepareOutput(
  model: Model,
  { outputSchema: asked, tools }: Asked,
  thinks: boolean,
): PreparedOutput | null {
  if (asked === null) return null;
  const { description } = asked;
  // No half of a pair of surrogates, for which there are no bytes to send.
  const outputSchema = {
    ...asked,
    description: description === null ? null : storableText(description),
  };
  const { capabilities } = model;
  const name = safeName(outputSchema.name, capabilities.tools?.names ?? "underscore");
  const enforceable = capabilities.output_schema ? enforceableSchema(outputSchema.schema) : null;
  if (enforceable !== null) {
    return { schema: { ...outputSchema, name, schema: enforceable }, by: "model" };
  }
  const input = tools.length === 0 && canForce(capabilities, thinks)
    ? inputSchema(outputSchema.schema, schemaFormat(model))
    : null;
  return input === null
    ? { schema: outputSchema, by: "instruction" }
    : { schema: { ...outputSchema, name, schema: input }, by: "tool" };
}

/** Whether the model can be made to call a tool. */
export function canForce({ tools, thinking }: Capabilities, thinks: boolean): boolean {
  const forces = tools?.choices.some((choice) => choice !== "none") ?? false;
  return forces && (!thinks || (thinking?.forced_tools ?? true));
}

/** Null where the answer is no object, as the input of a tool has to be. */
function inputSchema(schema: JsonObject, format: FormatId): JsonObject | null {
  try {
    const fitted = fitObjectSchema(schema, format);
    const isObject = [schema["type"]].flat().includes("object") ||
      Object.keys(fitted["properties"] ?? {}).length > 0;
    return isObject ? fitted : null;
  } catch (error) {
    if (error instanceof UnusableSchema) return null;
    throw error;
  }
}

/** The words that ask for the schema where nothing else holds the model to it. */
export function outputInstruction({ schema, description }: OutputSchema): string {
  return [
    "Answer with one JSON value that fits the JSON schema below, and with nothing else: no words " +
    "before or after it, no code fence.",
    ...(description === null || description.trim() === "" ? [] : [description]),
    JSON.stringify(schema),
  ].join("\n");
}
