import { z } from "zod";
import { quoted } from "../../core/quoted.ts";
import { isJsonObject, type Tool, type ToolChoice } from "../../formats/model_format.ts";
import { anything, type Reading, refused } from "../reading.ts";
import { cacheMark } from "./cache_mark.ts";
import type { ChatRequest } from "./chat_request.ts";
import { UnsupportedField } from "./refusals.ts";

const toolSchema = z.object({
  type: z.literal("function").nullish(),
  function: anything,
  cache_control: anything,
  prompt_cache_breakpoint: anything,
});

const functionSchema = z.object({
  name: z.string().min(1).max(256),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

/** What a tool without parameters takes. */
const noParameters = { type: "object", properties: {} };

const named = z.looseObject({ function: z.looseObject({ name: z.string() }) });

const choiceSchema = z.union([
  z.enum(["none", "auto", "required"]),
  named.extend({ type: z.literal("function") }),
  z.looseObject({
    type: z.literal("allowed_tools"),
    allowed_tools: z.looseObject({
      mode: z.enum(["auto", "required"]),
      tools: z.array(named).min(1),
    }),
  }),
]);

/** The tools of a request, and what is said of their use. */
export interface ReadTools {
  readonly tools: readonly Tool[];
  /** Undefined: the model's own choice. */
  readonly toolChoice: ToolChoice | undefined;
}

/** @throws {AppError} `invalid_request`, naming the tool */
export function readTools(request: ChatRequest, reading: Reading): ReadTools {
  const tools = (request.tools ?? []).map((value, index) => readTool(value, index, reading));
  return choose(tools, request.tool_choice ?? null);
}

function readTool(value: unknown, index: number, reading: Reading): Tool {
  const place = `tools.${index}`;
  if (typeOf(value) !== "function") {
    throw new UnsupportedField(
      "unsupported_value",
      `${place}.type`,
      "only tools of the type function are supported",
    );
  }
  const tool = reading.read(toolSchema, value, place);
  const { name, description, parameters, strict } = reading.read(
    functionSchema,
    tool.function,
    `${place}.function`,
  );
  return {
    name,
    description: description ?? null,
    inputSchema: parameters ?? noParameters,
    ...(strict === true && { strict }),
    ...cacheMark(tool),
  };
}

/** A tool without a type is a function. */
function typeOf(tool: unknown): unknown {
  return (isJsonObject(tool) ? tool["type"] : null) ?? "function";
}

function choose(tools: readonly Tool[], value: unknown): ReadTools {
  if (value === null) return { tools, toolChoice: undefined };
  const parsed = choiceSchema.safeParse(value);
  if (!parsed.success) {
    throw refused("tool_choice", "must be none, auto, required, a function or allowed_tools");
  }
  const choice = parsed.data;
  if (typeof choice === "object") {
    if (choice.type === "function") {
      const { name } = choice.function;
      requireTool(tools, name);
      return { tools, toolChoice: { type: "tool", name } };
    }
    const { mode, tools: allowed } = choice.allowed_tools;
    const names = allowed.map(({ function: { name } }) => name);
    for (const name of names) requireTool(tools, name);
    return {
      tools: tools.filter(({ name }) => names.includes(name)),
      toolChoice: { type: mode === "required" ? "any" : "auto" },
    };
  }
  switch (choice) {
    case "required":
      if (tools.length === 0) throw refused("tool_choice", "is required, but no tools are sent");
      return { tools, toolChoice: { type: "any" } };
    case "auto":
    case "none":
      return { tools, toolChoice: { type: choice } };
    default:
      return choice satisfies never;
  }
}

function requireTool(tools: readonly Tool[], name: string): void {
  if (tools.some((tool) => tool.name === name)) return;
  throw refused("tool_choice", `${quoted(name)} is none of the tools`);
}
