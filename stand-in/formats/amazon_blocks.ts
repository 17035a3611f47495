import type { AnswerBlock } from "../answers/answer.ts";
import { inputPieces, splitText } from "../answers/split_text.ts";

type Json = Record<string, unknown>;

/** A block as Nova and Converse both write it. */
export function amazonBlock(block: AnswerBlock): Json {
  switch (block.type) {
    case "text":
      return { text: block.text };
    case "thinking":
      return {
        reasoningContent: {
          reasoningText: {
            text: block.text,
            ...block.signature !== null && { signature: block.signature },
          },
        },
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

/** An event of the union that Nova's stream and ConverseStream share. */
export interface AmazonEvent {
  readonly name: string;
  readonly content: Json;
  /** The type of the block that it is a piece of. */
  readonly inside?: AnswerBlock["type"];
}

/** The events from messageStart to messageStop; metadata differs and is left to the caller. */
export function amazonEvents(
  blocks: readonly AnswerBlock[],
  stop: Json & { readonly stopReason: string },
): AmazonEvent[] {
  const events: AmazonEvent[] = [{ name: "messageStart", content: { role: "assistant" } }];
  blocks.forEach((block, contentBlockIndex) => {
    if (block.type === "tool_use") {
      const start = { toolUse: { toolUseId: block.id, name: block.name } };
      events.push({ name: "contentBlockStart", content: { start, contentBlockIndex } });
    }
    for (const delta of deltas(block)) {
      const content = { delta, contentBlockIndex };
      events.push({ name: "contentBlockDelta", content, inside: block.type });
    }
    events.push({ name: "contentBlockStop", content: { contentBlockIndex } });
  });
  events.push({ name: "messageStop", content: stop });
  return events;
}

function deltas(block: AnswerBlock): Json[] {
  switch (block.type) {
    case "text":
      return splitText(block.text).map((text) => ({ text }));
    case "thinking":
      return [
        ...splitText(block.text).map((text) => ({ reasoningContent: { text } })),
        ...block.signature === null ? [] : [{ reasoningContent: { signature: block.signature } }],
      ];
    case "redacted_thinking":
      return [{ reasoningContent: { redactedContent: block.data } }];
    case "tool_use":
      return inputPieces(block.input).map((input) => ({ toolUse: { input } }));
    case "native":
      return [block.value];
    default:
      return block satisfies never;
  }
}
