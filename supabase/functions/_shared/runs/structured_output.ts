import type { ModelAnswer, StopReason } from "../core/answer.ts";
import { type ContentBlock, type Message, textOf } from "../core/content.ts";
import type { ModelEvent } from "../core/model_event.ts";
import type { OutputCheck, SchemaFault } from "./output_check.ts";

/** An answer that fits its schema, or what is wrong with it. */
export type FittedAnswer =
  | { readonly fault: null; readonly answer: ModelAnswer }
  | { readonly fault: SchemaFault };

/** An answer that stops like this is complete, and is no output of the schema's. */
const withoutOutput: ReadonlySet<StopReason> = new Set<StopReason>([
  "guardrail_intervened",
  "refusal",
  "content_filtered",
]);

const cutOff: ReadonlySet<StopReason> = new Set<StopReason>([
  "max_tokens",
  "context_window_exceeded",
]);

/**
 * Checks an answer against the schema that it has to fit. A code fence around the JSON goes; calls
 * of tools, refusals and interventions are left as they are.
 */
export function fitAnswer(answer: ModelAnswer, check: OutputCheck): FittedAnswer {
  const { blocks, stopReason } = answer;
  if (withoutOutput.has(stopReason) || blocks.some(({ type }) => type === "tool-use")) {
    return { fault: null, answer };
  }
  const text = textOf(blocks);
  const json = isJson(text) ? text : insideFence(text);
  if (json === null) return { fault: notJson(stopReason) };
  const fault = check.faultOf(JSON.parse(json));
  if (fault !== null) return { fault };
  return {
    fault: null,
    answer: json === text ? answer : { ...answer, blocks: withText(json, blocks) },
  };
}

/** What a model is told of an answer that does not fit. */
export function repairOf(answer: ModelAnswer, fault: SchemaFault, modelId: string): Message[] {
  const text = `This answer does not fit the schema.\n${fault.message}\n` +
    "Answer once more, with JSON that fits the schema and nothing else.";
  return [
    // The rest is of no use, and reasoning without its answer is refused.
    {
      role: "assistant",
      blocks: answer.blocks.filter(({ type }) => type === "text"),
      modelId,
    },
    { role: "user", blocks: [{ type: "text", text }], modelId: null, isOurs: true },
  ];
}

/** The events of an answer that is whole; of its thinking the ends alone, as the rest is told. */
export function eventsOf({ blocks, usage }: ModelAnswer): ModelEvent[] {
  const events = blocks.flatMap((block): ModelEvent[] => [
    ...(block.type === "text" ? [{ type: "text-delta", text: block.text } as const] : []),
    ...(block.type === "opaque" ? [] : [{ type: "block-end", blocks: [block] } as const]),
  ]);
  return [...events, { type: "usage", usage }];
}

function notJson(stopReason: StopReason): SchemaFault {
  const message = cutOff.has(stopReason)
    ? "It was cut off at the limit of its length, before the JSON was complete."
    : "It is not JSON.";
  return { message, hint: message };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The JSON in a code fence, whatever stands around that; null where there is none. */
function insideFence(text: string): string | null {
  const fence = text.indexOf("```");
  const begin = text.indexOf("\n", fence);
  const end = text.lastIndexOf("```");
  if (fence === -1 || begin === -1 || end <= begin) return null;
  const inside = text.slice(begin, end).trim();
  return isJson(inside) ? inside : null;
}

/** All blocks, with one of text in the place of the first. */
function withText(text: string, blocks: readonly ContentBlock[]): ContentBlock[] {
  const first = blocks.findIndex(({ type }) => type === "text");
  return blocks.flatMap((block, n): ContentBlock[] =>
    block.type !== "text" ? [block] : n === first ? [{ type: "text", text }] : []
  );
}
