import { AppError } from "../core/app_error.ts";
import { storableText } from "../core/storable_text.ts";
import { quoted } from "../core/quoted.ts";
import type { Model } from "../registry/model.ts";
import { acceptedBetas, acceptedMembers } from "./accepted_betas.ts";
import {
  type Asked,
  isJsonObject,
  type PreparedOutput,
  type PreparedTools,
  type Tool,
  type ToolChoice,
} from "./model_format.ts";
import { enforceableSchema } from "./output_schema.ts";
import { canForce } from "./prepare_output.ts";
import type { ToolNames } from "./tool_names.ts";
import { SchemaSize } from "./schema_size.ts";
import { fitToolSchema, schemaFormat } from "./tool_schema.ts";

/** The tools for a model, and what is said in words because the model has no way for it. */
export interface ToolsAndWords {
  readonly tools: PreparedTools;
  /** Empty: nothing. */
  readonly instructions: readonly string[];
}

/**
 * @throws {AppError} `modality_not_supported` where the model takes no tools
 * @throws {AppError} `invalid_request` where a tool that is not sent is to be called
 */
export function requireTools(model: Model, { tools, toolChoice }: Asked): void {
  if (tools.length > 0 && model.capabilities.tools === undefined) {
    throw new AppError("modality_not_supported", `The model "${model.model_id}" takes no tools.`, {
      hint: "Choose a model that takes them.",
    });
  }
  if (toolChoice?.type === "tool") requireTool(tools, toolChoice.name);
  if (toolChoice?.type === "any" && tools.length === 0) {
    throw new AppError("invalid_request", "A tool is to be called, but none is sent.", {
      hint: "Send tools, or leave the choice out.",
    });
  }
}

/**
 * Refuses tools that some model could not be sent, before anything is stored: whichever answers, the
 * same tools are accepted.
 *
 * @throws {AppError} `invalid_request`, naming the tool
 */
export function requireFitting(tools: readonly Tool[]): void {
  const size = new SchemaSize();
  for (const { name, inputSchema } of tools) fitToolSchema(inputSchema, name, "nova", size);
}

/**
 * Fits the caller's tools to a model that takes some.
 *
 * @param thinks Whether the model thinks, which may forbid to force a tool.
 * @throws {AppError} `invalid_request`, naming the tool that cannot be sent
 */
export function prepareTools(
  model: Model,
  asked: Asked,
  names: ToolNames,
  thinks: boolean,
): ToolsAndWords {
  const { tools, toolChoice, parallelTools } = asked;
  requireDistinct(tools);
  const named = toolChoice?.type === "tool" ? requireTool(tools, toolChoice.name) : null;
  const { choice, instructions, only } = chooseTool(model, toolChoice, named, names, thinks);
  const sizes: ToolSizes = { fitted: new SchemaSize(), strict: new SchemaSize() };
  const betas = acceptedBetas(model, asked);
  const sent = (only === null ? tools : [only]).map((tool) => ({
    ...fitTool(model, tool, names, sizes),
    ...acceptedMembers(tool.betaMembers, betas),
  }));
  const parallel = parallelTools || model.capabilities.tools?.single !== true;
  return { tools: { tools: sent, choice, parallel, names: names.callers }, instructions };
}

/** The tool whose input is the answer. */
export function outputTool(model: Model, { schema }: PreparedOutput): PreparedTools {
  const { name, description } = schema;
  const named = model.capabilities.tools?.choices.includes("tool") ?? false;
  return {
    tools: [{ name, description, inputSchema: schema.schema }],
    choice: named ? { type: "tool", name } : { type: "any" },
    parallel: model.capabilities.tools?.single !== true,
    names: new Map([[name, name]]),
  };
}

interface Chosen {
  readonly choice: ToolChoice | null;
  readonly instructions: readonly string[];
  /** The one tool that is sent; null: all. */
  readonly only: Tool | null;
}

function chooseTool(
  { capabilities }: Model,
  asked: ToolChoice | null,
  named: Tool | null,
  names: ToolNames,
  thinks: boolean,
): Chosen {
  const choices = capabilities.tools?.choices ?? [];
  const forces = canForce(capabilities, thinks);
  const all = { only: null, instructions: [] };
  switch (asked?.type) {
    case undefined:
    case "auto":
      return { ...all, choice: null };
    case "none":
      return choices.includes("none")
        ? { ...all, choice: { type: "none" } }
        : { ...all, choice: null, instructions: ["Answer without calling a tool."] };
    case "any":
      return forces && choices.includes("any")
        ? { ...all, choice: { type: "any" } }
        : { ...all, choice: null, instructions: ["Call one of the tools before you answer."] };
    case "tool": {
      const name = names.models.get(named?.name ?? "") ?? "";
      if (forces && choices.includes("tool")) return { ...all, choice: { type: "tool", name } };
      // Of one tool, "any" is that one.
      if (forces) return { choice: { type: "any" }, only: named, instructions: [] };
      return {
        choice: null,
        only: named,
        instructions: [`Call the tool ${name} before you answer.`],
      };
    }
    default:
      return asked satisfies undefined | never;
  }
}

/** What the tools of a request come to together. */
interface ToolSizes {
  readonly fitted: SchemaSize;
  readonly strict: SchemaSize;
}

function fitTool(
  model: Model,
  { name, description, inputSchema, strict, cache }: Tool,
  names: ToolNames,
  sizes: ToolSizes,
): PreparedTools["tools"][number] {
  const words = description === null ? "" : storableText(description);
  const schema = fitToolSchema(inputSchema, name, schemaFormat(model), sizes.fitted);
  const mayHold = strict === true && model.capabilities.tools?.strict === true;
  const enforceable = mayHold && isJsonObject(inputSchema)
    ? enforceableSchema(inputSchema, sizes.strict)
    : null;
  return {
    name: names.models.get(name) ?? name,
    description: words.trim() === "" ? null : words,
    inputSchema: enforceable ?? schema,
    ...(enforceable !== null && { strict: true }),
    ...(cache !== undefined && { cache }),
  };
}

function requireDistinct(tools: readonly Tool[]): void {
  const names = new Set<string>();
  const repeated = tools.find(({ name }) => names.size === names.add(name).size);
  if (repeated === undefined) return;
  throw new AppError("invalid_request", `Two tools have the name ${quoted(repeated.name)}.`, {
    hint: "Give each tool a name of its own.",
  });
}

function requireTool(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((tool) => tool.name === name);
  if (tool !== undefined) return tool;
  throw new AppError(
    "invalid_request",
    `The tool ${quoted(name)} is to be called, but is not sent.`,
    {
      hint: "Send it in tools, or choose another.",
    },
  );
}
