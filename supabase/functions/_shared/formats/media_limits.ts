import { base64Text } from "../core/base64_text.ts";
import { bytesOf, type DocumentBlock, type MediaBlock } from "../core/content.ts";
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
 */
export function mediaJudge(model: Model): (block: MediaBlock) => MediaVerdict {
  const { images, documents } = model.capabilities;
  const left = { image: images?.max_count ?? 0, document: documents?.max_count ?? 0 };
  return (block) => {
    const { type } = block;
    if (block.source.kind === "storage") return { as: "words", why: `was not sent the ${type}` };
    // Nova's own body has no documents; any model reads text.
    const text = type === "document" && (model.format === "nova" || !takesType(block, documents))
      ? textOf(block)
      : null;
    if (text !== null) return text;
    const why = type === "image"
      ? obstacle(block, images, left.image)
      : obstacle(block, documents, left.document);
    if (why !== null) return { as: "words", why };
    left[type] -= 1;
    return { as: "itself" };
  };
}

type Limits = Pick<NonNullable<Capabilities["images"]>, "max_count" | "max_bytes"> & {
  readonly types: readonly string[];
};

function takesType({ mediaType }: MediaBlock, limits: Limits | undefined): boolean {
  return limits?.types.includes(mediaType) ?? false;
}

function obstacle(block: MediaBlock, limits: Limits | undefined, left: number): string | null {
  const { type, mediaType, source } = block;
  if (limits === undefined) return `takes no ${type}s`;
  if (!takesType(block, limits)) return `takes no ${type}s of the type ${mediaType}`;
  if (bytesOf(source) > limits.max_bytes) {
    return `takes ${type}s of at most ${limits.max_bytes} bytes`;
  }
  return left > 0 ? null : `takes at most ${limits.max_count} ${type}s`;
}

function textOf(document: DocumentBlock): MediaVerdict | null {
  const { mediaType, source } = document;
  if (!mediaType.startsWith("text/") || source.kind !== "base64") return null;
  return { as: "text", text: `[document: ${labelOf(document)}]\n${base64Text(source.data)}` };
}

/** A document's name as its owner has it, in one line. */
export function labelOf({ name }: DocumentBlock): string {
  return storableText(name).replaceAll(/\s+/g, " ").trim();
}
