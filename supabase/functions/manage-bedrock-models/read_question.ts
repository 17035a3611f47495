import type { RequestOf } from "../_shared/contract/manage.ts";
import type { ContentBlock, Message } from "../_shared/core/content.ts";
import type { LargeBodies } from "../_shared/http/read_body.ts";
import { checkMedia, unusable } from "../_shared/media/check_media.ts";
import { mediaBlock } from "../_shared/media/media_block.ts";

type TrialContent = RequestOf<"try">["content"];
type TrialBlock = Exclude<TrialContent, string>[number];

/**
 * Operators are verified before their body is read, and may send media in a trial. Up to four models
 * are sent them at once, each in a request of its own, within the memory of a function.
 */
export const trialBodies: LargeBodies = {
  maxBytes: 8_000_000,
  timeoutMs: 45_000,
  admit: () => Promise.resolve(),
};

/**
 * The question of a trial. Its media are inline, so that a trial reads no user's files.
 *
 * @throws {AppError} `invalid_request` naming the block
 */
export function readQuestion(content: TrialContent): Message {
  const blocks = typeof content === "string"
    ? [{ type: "text", text: content } as const]
    : content.map(readBlock);
  return { role: "user", blocks, modelId: null };
}

function readBlock(block: TrialBlock, index: number): ContentBlock {
  if (block.type === "text") return block;
  const place = `content.${index}`;
  if (block.type === "tool_result" || block.source.type === "storage") {
    throw unusable(
      place,
      "a trial takes text, images and documents in the request itself",
      'Send the bytes, with a source of the type "base64".',
    );
  }
  const { media_type: type, data } = block.source;
  checkMedia(place, type, data);
  return mediaBlock(block, type, { kind: "base64", data });
}
