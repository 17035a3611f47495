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
