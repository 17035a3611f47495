import { z } from "zod";
import { quoted } from "../../core/quoted.ts";
import type { Tool, ToolChoice } from "../../formats/model_format.ts";
import { toolExamples } from "./betas.ts";
import { cacheMark } from "./cache_control.ts";
import { type Reading, refused } from "../reading.ts";

const toolSchema = z.object({
  type: z.literal("custom").nullish(),
  name: z.string().min(1).max(256),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
  input_examples: z.array(z.unknown()).nullish(),
  eager_input_streaming: z.boolean().nullish(),
  cache_control: z.unknown().optional(),
});

const anyToolSchema = z.looseObject({ type: z.string().nullish() });

const choiceSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.enum(["auto", "any"]),
    disable_parallel_tool_use: z.boolean().nullish(),
  }),
  z.object({
    type: z.literal("tool"),
    name: z.string(),
    disable_parallel_tool_use: z.boolean().nullish(),
  }),
  z.object({ type: z.literal("none") }),
]);

/** The tools of a request. */
export interface ReadTools {
  readonly tools: readonly Tool[];
  /** Whether the input of one is to come as it is written, which takes a beta. */
  readonly eager: boolean;
}

/** @throws {AppError} `invalid_request`, naming the tool */
export function readTools(values: readonly unknown[], reading: Reading): ReadTools {
  let eager = false;
  const tools = values.map((value, index): Tool => {
    const place = `tools.${index}`;
    const type = anyToolSchema.safeParse(value).data?.type ?? "custom";
    if (type !== "custom") throw typed(type, place);
    const tool = reading.read(toolSchema, value, place);
    eager ||= tool.eager_input_streaming === true;
    return {
      name: tool.name,
      description: tool.description ?? null,
      inputSchema: tool.input_schema,
      ...(tool.strict === true && { strict: true }),
      ...(tool.input_examples?.length && {
        betaMembers: { [toolExamples]: { input_examples: tool.input_examples } },
      }),
      ...cacheMark(tool.cache_control, place, reading),
    };
  });
  return { tools, eager };
}

function typed(type: string, place: string) {
  return refused(
    `${place}.type`,
    `${
      quoted(type)
    } is a tool of Anthropic's, which is not available here; define a tool with an ` +
      "input_schema, and run it yourself",
  );
}

/** Which tool is to be called, and whether several may be at once. */
export interface ReadChoice {
  readonly toolChoice?: ToolChoice;
  readonly parallelTools?: boolean;
}

/** @throws {AppError} `invalid_request` */
export function readToolChoice(value: unknown): ReadChoice {
  if (value === undefined || value === null) return {};
  const parsed = choiceSchema.safeParse(value);
  if (!parsed.success) {
    throw refused("tool_choice", "must be auto, any, none, or tool with a name");
  }
  const choice = parsed.data;
  if (choice.type === "none") return { toolChoice: { type: "none" } };
  const parallelTools = choice.disable_parallel_tool_use !== true;
  const toolChoice: ToolChoice = choice.type === "tool"
    ? { type: "tool", name: choice.name }
    : { type: choice.type };
  return { toolChoice, parallelTools };
}
