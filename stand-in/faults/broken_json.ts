import type { Answer, AnswerBlock } from "../answers/answer.ts";
import { characters } from "../answers/tokens.ts";
import type { CallFaults } from "./call_faults.ts";

/** The answer, with the last third of its JSON missing where a fault says so. */
export function withBrokenJson(answer: Answer, faults: CallFaults): Answer {
  if (faults.get("broken-json") === undefined) return answer;
  return { ...answer, blocks: answer.blocks.map(broken) };
}

function broken(block: AnswerBlock): AnswerBlock {
  switch (block.type) {
    case "text":
      return { ...block, text: cut(block.text) };
    case "tool_use":
      return { ...block, input: cut(JSON.stringify(block.input)) };
    case "thinking":
    case "redacted_thinking":
    case "native":
      return block;
    default:
      return block satisfies never;
  }
}

function cut(text: string): string {
  const all = characters(text);
  return all.slice(0, Math.ceil(all.length * 2 / 3)).join("");
}
