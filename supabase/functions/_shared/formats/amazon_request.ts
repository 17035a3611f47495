/** The parts of a request that Converse and Nova's own body have in common. */
import type { CacheMark, TextBlock } from "../core/content.ts";
import { encodeConverseBlock } from "./converse_blocks.ts";
import {
  type InferenceSettings,
  type JsonObject,
  type PreparedTools,
  present,
  type ToolChoice,
} from "./model_format.ts";
import type { ReplayableBlock, ReplayableMessage } from "./replayable.ts";

/** An array, not a string; null: none is sent. */
export function amazonSystem(system: readonly TextBlock[]): JsonObject[] | null {
  if (system.length === 0) return null;
  return system.flatMap((block) => [{ text: block.text }, ...cachePoint(block.cache)]);
}

/** @param encode Writes a block without its cache mark. */
export function amazonMessages(
  messages: readonly ReplayableMessage[],
  encode = (block: ReplayableBlock, _messageIndex: number) => [encodeConverseBlock(block)],
): JsonObject[] {
  return messages.map(({ role, blocks }, index) => ({
    role,
    content: blocks.flatMap((block) => [...encode(block, index), ...cachePoint(cacheOf(block))]),
  }));
}

export function amazonTools(prepared: PreparedTools, choice: ToolChoice | null): JsonObject {
  return present({
    tools: prepared.tools.flatMap((tool) => [
      {
        toolSpec: present({
          name: tool.name,
          description: tool.description?.trim() ? tool.description : null,
          inputSchema: { json: tool.inputSchema },
          strict: tool.strict ? true : null,
        }),
      },
      ...cachePoint(tool.cache),
    ]),
    toolChoice: choice && amazonToolChoice(choice),
  });
}

export function amazonInference(
  { maxTokens, temperature, topP, stopSequences }: InferenceSettings,
): JsonObject {
  return present({
    maxTokens,
    temperature,
    topP,
    stopSequences: stopSequences.length === 0 ? null : stopSequences,
  });
}

/** There is no way to forbid the tools that are sent. */
function amazonToolChoice(choice: ToolChoice): JsonObject | null {
  switch (choice.type) {
    case "auto":
    case "any":
      return { [choice.type]: {} };
    case "tool":
      return { tool: { name: choice.name } };
    case "none":
      return null;
    default:
      return choice satisfies never;
  }
}

function cacheOf(block: ReplayableBlock): CacheMark | undefined {
  return "cache" in block ? block.cache : undefined;
}

/** Five minutes are what a point without a time means; Nova takes no other. */
function cachePoint(mark: CacheMark | undefined): JsonObject[] {
  if (mark === undefined) return [];
  return [{ cachePoint: { type: "default", ...(mark.ttl === "1h" ? { ttl: "1h" } : {}) } }];
}
