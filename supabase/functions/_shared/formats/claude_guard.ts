/** How a guardrail is told what to look at in a body of Claude's: by tags within the text. */
import type { JsonObject, ModelRequest } from "./model_format.ts";
import { guardedMessages, isSaidText } from "./guarded_words.ts";
import type { ReplayableMessage } from "./replayable.ts";

const tagName = "amazon-bedrock-guardrails-guardContent";

/** The messages of a request, with tags, and what has to be in the body because of them. */
export interface TaggedMessages {
  readonly messages: readonly ReplayableMessage[];
  readonly config: JsonObject;
}

/**
 * Tags the user's newest words, or all of them (`guardedMessages()`). Without any there are no tags,
 * and all is looked at.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tagging.html
 */
export function tagSaidWords(request: ModelRequest): TaggedMessages {
  const { messages } = request;
  const guarded = guardedMessages(request, isSaidText);
  if (guarded.size === 0) return { messages, config: {} };
  const tagSuffix = absentSuffix(messages);
  const tag = `${tagName}_${tagSuffix}`;
  const tagged = messages.map((message, index) =>
    !guarded.has(index) ? message : {
      ...message,
      blocks: message.blocks.map((block) =>
        block.type === "text" && isSaidText(block)
          ? { ...block, text: `<${tag}>${block.text}</${tag}>` }
          : block
      ),
    }
  );
  return { messages: tagged, config: { "amazon-bedrock-guardrailConfig": { tagSuffix } } };
}

/** One that the words do not hold, so that they cannot close their tag and go on beyond it. */
function absentSuffix(messages: readonly ReplayableMessage[]): string {
  const words = messages.flatMap(({ blocks }) => blocks).map((block) =>
    block.type === "text" ? block.text.toLowerCase() : ""
  );
  for (let number = 1;; number++) {
    const suffix = `said${number}`;
    if (!words.some((text) => text.includes(`_${suffix}`))) return suffix;
  }
}
