/** How a guardrail is told what to look at in a body of Claude's: by tags within the text. */
import type { JsonObject, ModelRequest } from "./model_format.ts";
import { isSaidText, newestSaid } from "./guarded_words.ts";
import type { ReplayableBlock, ReplayableMessage } from "./replayable.ts";

const tagName = "amazon-bedrock-guardrails-guardContent";

/** The messages of a request, with tags, and what has to be in the body because of them. */
export interface TaggedMessages {
  readonly messages: readonly ReplayableMessage[];
  readonly config: JsonObject;
}

/**
 * Tags the user's newest words. Without any there are no tags, and all is looked at.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tagging.html
 */
export function tagNewestWords({ guardrail, messages }: ModelRequest): TaggedMessages {
  const newest = guardrail === null ? -1 : newestSaid(messages, isSaidText);
  if (newest === -1) return { messages, config: {} };
  const tagSuffix = absentSuffix(messages[newest]?.blocks ?? []);
  const tag = `${tagName}_${tagSuffix}`;
  const tagged = messages.map((message, index) =>
    index !== newest ? message : {
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
function absentSuffix(blocks: readonly ReplayableBlock[]): string {
  const words = blocks.map((block) => block.type === "text" ? block.text.toLowerCase() : "");
  for (let number = 1;; number++) {
    const suffix = `said${number}`;
    if (!words.some((text) => text.includes(`_${suffix}`))) return suffix;
  }
}
