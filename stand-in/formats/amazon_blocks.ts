import type { AnswerBlock } from "../answers/answer.ts";
import { splitText } from "../answers/split_text.ts";

type Json = Record<string, unknown>;

/** A block as Nova and Converse both write it. */
export function amazonBlock(block: AnswerBlock): Json {
  switch (block.type) {
    case "text":
      return { text: block.text };
    case "thinking":
      return {
        reasoningContent: { reasoningText: { text: block.text, signature: block.signature } },
      };
    case "redacted_thinking":
      return { reasoningContent: { redactedContent: block.data } };
    case "tool_use":
      return { toolUse: { toolUseId: block.id, name: block.name, input: block.input } };
    case "native":
      return block.value;
    default:
      return block satisfies never;
  }
}

/** An event's name and content, in the union that Nova's stream and ConverseStream share. */
export type AmazonEvent = readonly [name: string, content: Json];

/** The events from messageStart to messageStop; metadata differs and is left to the caller. */
export function amazonEvents(
  blocks: readonly AnswerBlock[],
  stop: Json & { readonly stopReason: string },
): AmazonEvent[] {
  const events: AmazonEvent[] = [["messageStart", { role: "assistant" }]];
  blocks.forEach((block, contentBlockIndex) => {
    if (block.type === "tool_use") {
      const start = { toolUse: { toolUseId: block.id, name: block.name } };
      events.push(["contentBlockStart", { start, contentBlockIndex }]);
    }
    for (const delta of deltas(block)) {
      events.push(["contentBlockDelta", { delta, contentBlockIndex }]);
    }
    events.push(["contentBlockStop", { contentBlockIndex }]);
  });
  events.push(["messageStop", stop]);
  return events;
}

function deltas(block: AnswerBlock): Json[] {
  switch (block.type) {
    case "text":
      return splitText(block.text).map((text) => ({ text }));
    case "thinking":
      return [
        ...splitText(block.text).map((text) => ({ reasoningContent: { text } })),
        { reasoningContent: { signature: block.signature } },
      ];
    case "redacted_thinking":
      return [{ reasoningContent: { redactedContent: block.data } }];
    case "tool_use":
      return splitText(JSON.stringify(block.input)).map((input) => ({ toolUse: { input } }));
    case "native":
      return [block.value];
    default:
      return block satisfies never;
  }
}
