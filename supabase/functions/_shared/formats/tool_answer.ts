import type { Stop } from "../core/answer.ts";
import type { ContentBlock } from "../core/content.ts";
import { storableText } from "../core/storable_text.ts";
import type { ModelRequest } from "./model_format.ts";

/** Whether a call of a tool is the answer itself, whose text is the call's input. */
export function answersByTool({ output }: ModelRequest): boolean {
  return output?.by === "tool";
}

/** The caller's name of a tool. One that the model made up stays as it is. */
export function callersName(name: string, { tools }: ModelRequest): string {
  return tools?.names.get(name) ?? name;
}

/** Whether the answer was cut off at a limit. */
export function wasCut({ stopReason }: Stop): boolean {
  return stopReason === "max_tokens" || stopReason === "context_window_exceeded";
}

/** Whether a call of the tool, by the model's name, is none without input. */
export function needsInput(name: unknown, { tools }: ModelRequest): boolean {
  const required = tools?.tools.find((tool) => tool.name === name)?.inputSchema["required"];
  return Array.isArray(required) && required.length > 0;
}

/** The blocks of an answer without a last call that was cut off before its input. */
export function withoutCutCall(
  blocks: readonly ContentBlock[],
  stop: Stop,
  request: ModelRequest,
): readonly ContentBlock[] {
  const last = blocks.at(-1);
  const isCut = wasCut(stop) && last?.type === "tool-use" && needsInput(last.name, request) &&
    Object.keys(last.input ?? {}).length === 0;
  return isCut ? blocks.slice(0, -1) : blocks;
}

/**
 * Gives calls of tools their callers' names, and an input to those that came without any. Where the
 * answer is given by a tool, its call becomes text.
 */
export function readToolUses(
  blocks: readonly ContentBlock[],
  request: ModelRequest,
): ContentBlock[] {
  return blocks.map((block) => {
    if (block.type !== "tool-use") return block;
    const input = block.input ?? {};
    return answersByTool(request)
      ? { type: "text", text: storableText(JSON.stringify(input)) }
      : { ...block, name: callersName(block.name, request), input };
  });
}
