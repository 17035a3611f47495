import type { ModelAnswer, StopReason } from "../core/answer.ts";
import { type ContentBlock, type Message, textOf } from "../core/content.ts";
import type { ModelEvent } from "../core/model_event.ts";
import { wasCut } from "../formats/tool_answer.ts";
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

const notJson: SchemaFault = { message: "It is not JSON.", hint: "It is not JSON." };

/**
 * Checks an answer against the schema that it has to fit. What a model writes before its JSON goes,
 * as it does before it calls the tool that stands for the answer, and so does a code fence; calls of
 * other tools, refusals and interventions are left as they are. So is an answer that was cut off, as
 * its stop reason tells: a second one would meet the same limit.
 */
export function fitAnswer(answer: ModelAnswer, check: OutputCheck): FittedAnswer {
  const { blocks, stopReason } = answer;
  if (withoutOutput.has(stopReason) || blocks.some(({ type }) => type === "tool-use")) {
    return { fault: null, answer };
  }
  const text = textOf(blocks);
  const last = blocks.findLast((block) => block.type === "text")?.text ?? "";
  const json = [text, last].find(isJson) ?? insideFence(text);
  const fault = json === null ? notJson : check.faultOf(JSON.parse(json));
  if (fault !== null) return wasCut(answer) ? { fault: null, answer } : { fault };
  return {
    fault: null,
    answer: json === null || json === text ? answer : { ...answer, blocks: withText(json, blocks) },
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
    { role: "user", blocks: [{ type: "text", text, isOurs: true }], modelId: null },
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
