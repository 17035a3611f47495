import type { AskedTool, AskedTools } from "../answers/question.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { type Dialect, malformed, modelWords } from "./dialect.ts";

/** Refuses definitions of tools, and a choice among them, that the model does not take. */
export function checkTools(
  tools: AskedTools | null,
  thinks: boolean,
  model: ServedModel,
  dialect: Dialect,
): void {
  if (tools === null) return;
  if (model.tools === null) throw invalid("This model doesn't support tool use.");
  const names = tools.tools.map(({ name }) => name);
  if (new Set(names).size < names.length) throw invalid("tools: Tool names must be unique.");
  tools.tools.forEach((tool, index) => {
    checkStrict(tool, index, model, dialect);
    checkSchema(tool, index, model, dialect);
  });
  checkChoice(tools, model, dialect);
  if (typeof tools.choice === "object" && !names.includes(tools.choice.name)) {
    throw invalid(
      modelWords(dialect, `Tool '${tools.choice.name}' not found in provided tools`),
    );
  }
  const isForced = tools.choice === "any" || typeof tools.choice === "object";
  if (thinks && isForced && model.family === "claude") {
    throw invalid(
      modelWords(dialect, "Thinking may not be enabled when tool_choice forces tool use."),
    );
  }
}

function checkChoice({ choice }: AskedTools, model: ServedModel, dialect: Dialect): void {
  const kind = typeof choice === "object" ? "tool" : choice;
  if (kind === "auto" || model.tools?.choices.includes(kind)) return;
  throw invalid(
    model.family === "claude"
      // The words of this one are not known.
      ? modelWords(dialect, "tool_choice: forcing a tool is not supported for this model.")
      : `This model doesn't support the toolConfig.toolChoice.${kind} field. Remove toolConfig.toolChoice.${kind} and try again.`,
  );
}

function checkStrict(
  { strict }: AskedTool,
  index: number,
  model: ServedModel,
  dialect: Dialect,
): void {
  if (!strict || model.structuredOutput) return;
  throw invalid(modelWords(
    dialect,
    model.family === "claude"
      ? `tools.${index}.custom.strict: Extra inputs are not permitted`
      // The words of others are not known.
      : malformed(`#/toolConfig/tools/${index}/toolSpec: extraneous key [strict] is not permitted`),
  ));
}

function checkSchema(
  { inputSchema }: AskedTool,
  index: number,
  model: ServedModel,
  dialect: Dialect,
): void {
  const schema = typeof inputSchema === "object" && inputSchema !== null ? inputSchema : {};
  if (!("type" in schema) || schema.type !== "object") {
    throw invalid(
      dialect === "claude"
        ? `tools.${index}.custom.input_schema.type: ${
          "type" in schema ? "Input should be 'object'" : "Field required"
        }`
        : `The value at toolConfig.tools.${index}.toolSpec.inputSchema.json.type must be one of the following: object.`,
    );
  }
  if (model.family === "claude" && ["oneOf", "anyOf", "allOf"].some((key) => key in schema)) {
    throw invalid(modelWords(
      dialect,
      `tools.${index}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`,
    ));
  }
  const foreign = Object.keys(schema).filter((key) => !closedKeywords.includes(key));
  if (model.tools?.anySchema === false && foreign.length > 0) {
    const at = `#/toolConfig/tools/${index}/toolSpec/inputSchema/json`;
    throw invalid(modelWords(
      dialect,
      malformed(foreign.map((key) => `${at}: extraneous key [${key}] is not permitted`).join(", ")),
    ));
  }
}

/** What Nova's validator knows of a schema's top level. */
const closedKeywords = ["type", "properties", "required"];
