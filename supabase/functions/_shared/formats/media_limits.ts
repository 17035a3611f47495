import { base64Text } from "../core/base64_text.ts";
import {
  bytesOf,
  type DocumentBlock,
  type ImageBlock,
  isTextType,
  type MediaBlock,
} from "../core/content.ts";
import { imageSize } from "../core/image_size.ts";
import { storableText } from "../core/storable_text.ts";
import type { Capabilities } from "../registry/capabilities.ts";
import type { Model } from "../registry/model.ts";

/** How a model is sent a medium. */
export type MediaVerdict =
  | { readonly as: "itself" }
  /** A document of text that the model takes in no other way. */
  | { readonly as: "text"; readonly text: string }
  /** Words in its place: it is not taken. `why` follows the model's name. */
  | { readonly as: "words"; readonly why: string };

/**
 * Judges media by the row of a model, one after the other: those that come first use up how many it
 * takes.
 *
 * @param isGuarded whether a guardrail is to see what documents of text say
 */
export function mediaJudge(
  { format, capabilities }: Model,
  isGuarded = false,
): (block: MediaBlock) => MediaVerdict {
  const { images, documents } = capabilities;
  const left = { image: images?.max_count ?? 0, document: documents?.max_count ?? 0 };
  return (block) => {
    const { type, mediaType, source } = block;
    if (source.kind === "storage") return { as: "words", why: `was not sent the ${type}` };
    const why = type === "image"
      ? obstacle(block, images, left.image) ?? oversized(block, source.data, images)
      : obstacle(block, documents, left.document);
    // Nova's own body has no documents, and a guardrail sees none; any model reads text.
    const asText = type === "document" && isTextType(mediaType) &&
      (why !== null || format === "nova" || isGuarded);
    if (asText) return { as: "text", text: textOf(block, source.data) };
    if (why !== null) return { as: "words", why };
    left[type] -= 1;
    return { as: "itself" };
  };
}

type Limits = Pick<NonNullable<Capabilities["images"]>, "max_count" | "max_bytes"> & {
  readonly types: readonly string[];
};

function obstacle(
  { type, mediaType, source }: MediaBlock,
  limits: Limits | undefined,
  left: number,
): string | null {
  if (limits === undefined) return `takes no ${type}s`;
  if (!limits.types.includes(mediaType)) return `takes no ${type}s of the type ${mediaType}`;
  if (bytesOf(source) > limits.max_bytes) {
    return `takes ${type}s of at most ${limits.max_bytes} bytes`;
  }
  return left > 0 ? null : `takes at most ${limits.max_count} ${type}s`;
}

function oversized(
  { mediaType }: ImageBlock,
  data: string,
  limits: Capabilities["images"],
): string | null {
  const most = limits?.max_side ?? null;
  const size = most === null ? null : imageSize(mediaType, data);
  if (size === null || most === null || Math.max(size.width, size.height) <= most) return null;
  return `takes images of at most ${most} pixels a side`;
}

function textOf(document: DocumentBlock, data: string): string {
  return `[document: ${labelOf(document)}]\n${storableText(base64Text(data))}`;
}

/** A document's name as its owner has it, in one line. */
export function labelOf({ name }: DocumentBlock): string {
  return storableText(name).replaceAll(/\s+/g, " ").trim();
}
