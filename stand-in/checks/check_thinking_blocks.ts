import type { AskedPart } from "../answers/asked_part.ts";
import type { AskedMessage } from "../answers/question.ts";
import { isSignatureOf, type SignedBlock, signThinking } from "../answers/thinking_signature.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { type Dialect, modelWords } from "./dialect.ts";

/** Whether a model wrote a block that no signature of the stand-in's proves. */
export type WroteIt = (modelId: string, block: SignedBlock) => boolean;

export const wroteNothing: WroteIt = () => false;

/**
 * Refuses thinking that this model did not write, that was modified, or that stands where it may
 * not, and budget thinking that a turn of tool calls lacks.
 */
export function checkThinkingBlocks(
  messages: readonly AskedMessage[],
  asked: { readonly budget: boolean; readonly wroteIt: WroteIt },
  model: ServedModel,
  dialect: Dialect,
): void {
  const latest = messages.findLastIndex(({ role }) => role === "assistant");
  messages.forEach(({ role, parts }, index) => {
    for (const part of parts.filter(isThinking)) {
      if (role === "user") throw invalid("User messages cannot contain reasoning content");
      if (model.family !== "claude") {
        // Only Claude signs its thinking and takes it back; the words of others are not known.
        throw invalid(
          "This model doesn't support the reasoningContent field. Remove it and try again.",
        );
      }
      const problem = problemOf(part, index === latest, model.id, asked.wroteIt);
      if (problem !== null) throw invalid(modelWords(dialect, `${part.at}: ${problem}`));
    }
  });
  if (asked.budget) checkFirst(messages[latest], model, dialect);
}

type Thinking = Extract<AskedPart, { type: "thinking" | "redacted_thinking" }>;

function isThinking(part: AskedPart): part is Thinking {
  return part.type === "thinking" || part.type === "redacted_thinking";
}

function problemOf(
  part: Thinking,
  isLatest: boolean,
  modelId: string,
  wroteIt: WroteIt,
): string | null {
  if (part.type === "redacted_thinking") {
    const known = wroteIt(modelId, { text: "", signature: part.data }) ||
      isSignatureOf(modelId, part.data);
    return known ? null : "Invalid `data` in `redacted_thinking` block";
  }
  const { text, signature } = part;
  if (signature === null) return "thinking.signature: Field required";
  if (signature === signThinking(modelId, text) || wroteIt(modelId, { text, signature })) {
    return null;
  }
  return isLatest && isSignatureOf(modelId, signature)
    ? "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response."
    : "Invalid `signature` in `thinking` block";
}

/** With a budget, a last turn that calls tools begins with its thinking. */
function checkFirst(message: AskedMessage | undefined, model: ServedModel, dialect: Dialect): void {
  const [first] = message?.parts ?? [];
  if (model.family !== "claude" || first === undefined || isThinking(first)) return;
  if (!message?.parts.some(({ type }) => type === "tool_use")) return;
  throw invalid(modelWords(
    dialect,
    `${first.at}.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`.`,
  ));
}
