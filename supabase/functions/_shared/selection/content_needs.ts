import {
  bytesOf,
  type ContentBlock,
  isTextType,
  type MediaBlock,
  type Message,
} from "../core/content.ts";
import { imageSize } from "../core/image_size.ts";
import type { Capabilities } from "../registry/capabilities.ts";
import type { Model } from "../registry/model.ts";
import type { ContentNeeds, NeededMedia } from "./selection.ts";

/**
 * What a question asks of the model that answers it.
 *
 * @param tools those that the model may call
 */
export function needsOf(question: Message, tools: readonly unknown[] = []): ContentNeeds {
  return { media: question.blocks.flatMap(mediaOf), tools: tools.length > 0 };
}

/** Media in a result of a tool are sent beside it where the model takes none there. */
function mediaOf(block: ContentBlock): NeededMedia[] {
  if (block.type === "tool-result") return block.content.flatMap(mediaOf);
  if (block.type !== "image" && block.type !== "document") return [];
  const { type: kind, mediaType, source } = block;
  return [{ kind, mediaType, bytes: bytesOf(source), side: sideOf(block) }];
}

function sideOf(block: MediaBlock): number | null {
  if (block.type === "document" || block.source.kind === "storage") return null;
  const size = imageSize(block.mediaType, block.source.data);
  return size && Math.max(size.width, size.height);
}

/**
 * What keeps a model from taking a question, by its row, such as "takes no images"; null where
 * nothing does.
 *
 * @param needs undefined: text alone, which every model takes
 */
export function lackOf({ capabilities }: Model, needs: ContentNeeds | undefined): string | null {
  if (needs === undefined) return null;
  return lackOfMedia("image", capabilities.images, needs) ??
    lackOfPixels(capabilities.images?.max_side ?? null, needs) ??
    lackOfMedia("document", capabilities.documents, needs) ??
    (needs.tools && capabilities.tools === undefined ? "takes no tools" : null);
}

/** What images and documents have in common. */
type MediaLimits = Pick<
  NonNullable<Capabilities["images"] | Capabilities["documents"]>,
  "max_count" | "max_bytes" | "types"
>;

function lackOfMedia(
  kind: MediaBlock["type"],
  limits: MediaLimits | undefined,
  needs: ContentNeeds,
): string | null {
  const media = needs.media.filter((each) => each.kind === kind);
  if (media.length === 0) return null;
  const types: readonly string[] = limits?.types ?? [];
  // A document of text is sent as text where it is not taken as a document.
  const other = media.find(({ mediaType }) => !types.includes(mediaType) && !isTextType(mediaType));
  if (limits === undefined) return other === undefined ? null : `takes no ${kind}s`;
  if (other !== undefined) return `takes no ${kind}s of the type ${other.mediaType}`;
  if (media.length > limits.max_count) {
    return `takes at most ${limits.max_count} ${kind}s; the message has ${media.length}`;
  }
  const largest = Math.max(...media.map(({ bytes }) => bytes));
  if (largest <= limits.max_bytes) return null;
  return `takes ${kind}s of at most ${limits.max_bytes} bytes; one has ${largest}`;
}

function lackOfPixels(most: number | null, { media }: ContentNeeds): string | null {
  const largest = Math.max(...media.map(({ side }) => side ?? 0));
  if (most === null || largest <= most) return null;
  return `takes images of at most ${most} pixels a side; one has ${largest}`;
}
