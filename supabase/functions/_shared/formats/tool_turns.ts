import type { ContentBlock, Message, ToolResultBlock, ToolUseBlock } from "../core/content.ts";
import type { LeaveOut } from "./left_out.ts";

/** Stands for what a tool gave where it gave nothing: models refuse an empty result. */
export const noOutput = "(no output)";

/**
 * Puts a result for every call into the user's message after it: all of them, in the order of the
 * calls, before everything else. A call that was never answered gets a failed one; a result without
 * its call, or a second one, is left out.
 *
 * @param messages in turn
 */
export function pairToolBlocks(
  messages: readonly Message[],
  leaveOut: LeaveOut,
): readonly Message[] {
  return messages.map((message, index) => {
    if (message.role === "assistant") return message;
    const results = message.blocks.filter((block) => block.type === "tool-result");
    const paired = callsOf(messages[index - 1]).map(({ id }) =>
      results.find(({ toolUseId }) => toolUseId === id) ?? missingResult(id)
    );
    results.filter((result) => !paired.includes(result)).forEach(leaveOut);
    const others = message.blocks.filter((block) => block.type !== "tool-result");
    return { ...message, blocks: [...paired, ...others] };
  });
}

/**
 * Calls and results as text, for a model that is sent no tools: it refuses the blocks without them.
 * Media in a result stand after its text. The reasoning beside a call is left out, since it is
 * proof only of the message as it was written.
 *
 * @param messages paired
 */
export function flattenToolBlocks(
  messages: readonly Message[],
  leaveOut: LeaveOut,
): readonly Message[] {
  return messages.map((message, index) => {
    const calls = callsOf(messages[index - 1]);
    return { ...message, blocks: message.blocks.flatMap(blocksIn(message, calls, leaveOut)) };
  });
}

function blocksIn(message: Message, calls: readonly ToolUseBlock[], leaveOut: LeaveOut) {
  const hasCalls = callsOf(message).length > 0;
  return (block: ContentBlock): readonly ContentBlock[] => {
    switch (block.type) {
      case "tool-use":
        return [flatCall(block)];
      case "tool-result":
        return flatResult(block, calls.find(({ id }) => id === block.toolUseId)?.name ?? "");
      case "thinking":
      case "redacted-thinking":
        if (!hasCalls) return [block];
        leaveOut(block);
        return [];
      default:
        return [block];
    }
  };
}

function flatCall({ name, input, cache }: ToolUseBlock): ContentBlock {
  const text = `[Called the tool ${name} with ${JSON.stringify(input)}]`;
  return { type: "text", text, ...(cache !== undefined && { cache }) };
}

/**
 * A result as text, its media after it.
 *
 * @param name of the tool; empty where it is not known
 */
export function flatResult(
  { content, isError, cache }: ToolResultBlock,
  name: string,
): readonly ContentBlock[] {
  const words = content.flatMap((block) => block.type === "text" ? [block.text] : []).join("\n");
  const verb = isError ? "failed" : "answered";
  const tool = name === "" ? "A tool" : `The tool ${name}`;
  const text = `[${tool} ${verb}: ${words === "" ? noOutput : words}]`;
  return [
    { type: "text", text, ...(cache !== undefined && { cache }) },
    ...content.filter((block) => block.type !== "text"),
  ];
}

function callsOf(message: Message | undefined): readonly ToolUseBlock[] {
  if (message?.role !== "assistant") return [];
  return message.blocks.filter((block) => block.type === "tool-use");
}

function missingResult(toolUseId: string): ToolResultBlock {
  return {
    type: "tool-result",
    toolUseId,
    content: [{ type: "text", text: "no result" }],
    isError: true,
  };
}
