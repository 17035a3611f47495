/** What became of a question's and a conversation's content, in words. */
import { formatCount } from "../format/numbers.ts";

/** Of what a model did not see, by kind of block; the words for one and for several. */
const kinds: Readonly<Record<string, readonly [one: string, several: string]>> = {
  "text": ["a text", "texts"],
  "image": ["an image", "images"],
  "document": ["a document", "documents"],
  "thinking": ["a piece of another model's thinking", "pieces of other models' thinking"],
  "redacted-thinking": ["a piece of another model's thinking", "pieces of other models' thinking"],
  "tool-use": ["a tool call", "tool calls"],
  "tool-result": ["a tool's result", "tools' results"],
};

/** One remark, or none where the model saw everything. */
export function describeLeftOut(counts: Readonly<Record<string, number>>): string[] {
  const parts = Object.entries(counts).map(([kind, count]) => {
    const [one, several] = kinds[kind] ?? ["a block", "blocks"];
    return count === 1 ? one : `${count} ${several}`;
  });
  const last = parts.pop();
  if (last === undefined) return [];
  const list = parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
  return [`Of the conversation, the model was not sent ${list}.`];
}

/** One remark where a guardrail intervened, or none. */
export function describeIntervention(stopReason: string | null): string[] {
  return stopReason === "guardrail_intervened"
    ? ["The assistant's guardrail intervened: it blocked the question or the answer."]
    : [];
}

/** One remark where a limit left less for an answer than was asked for, or none. */
export function describeCut(tokensLeft: number | null, stopReason: string | null): string[] {
  if (tokensLeft === null) return [];
  const most = `a limit left at most ${formatCount(tokensLeft)} tokens`;
  return [
    stopReason === "max_tokens"
      ? `This answer was cut off: ${most} for it.`
      : `For this answer, ${most}.`,
  ];
}
