/** Whether a model takes images and documents, by its row: one answer for all that ask. */
import { bytesOf, isTextType, type MediaBlock } from "./content.ts";
import { imageSize } from "./image_size.ts";

/** An image or a document, as far as limits concern it. */
export interface MeasuredMedia {
  readonly kind: MediaBlock["type"];
  readonly mediaType: MediaBlock["mediaType"];
  readonly bytes: number;
  /** Pixels of an image's longer side; null where they are not known. */
  readonly side: number | null;
}

interface Limits {
  readonly max_count: number;
  readonly max_bytes: number;
  readonly max_side?: number | null;
  readonly types: readonly string[];
}

/** What a row says of media; a kind that is left out is not taken. */
export interface MediaLimits {
  readonly images?: Limits | undefined;
  readonly documents?: Limits | undefined;
}

/** The row of a model, as far as it limits media. */
interface LimitedModel {
  readonly capabilities: MediaLimits;
  /** Tokens. */
  readonly context_window: number;
}

/**
 * Bytes of text for a token, at most, in what people write: a text of more bytes than that is longer
 * than the model can read.
 */
const mostBytesPerToken = 6;

/** How a model takes a medium: as it is, as text, or not; `why` follows the model's name. */
export type MediaVerdict =
  | { readonly as: "itself" }
  | { readonly as: "text" }
  | { readonly as: "nothing"; readonly why: string };

/** Measures a medium without decoding more of it than its header. */
export function measureMedia({ type, mediaType, source }: MediaBlock): MeasuredMedia {
  const size = type === "image" && source.kind === "base64"
    ? imageSize(mediaType, source.data)
    : null;
  const side = size && Math.max(size.width, size.height);
  return { kind: type, mediaType, bytes: bytesOf(source), side };
}

/**
 * Judges the media of one request. The first use up how many the model takes; documents of text,
 * which can be sent as text, come after all others, up to what the model can read.
 *
 * @returns a verdict for each, in the order of `media`
 */
export function judgeMedia(
  media: readonly MeasuredMedia[],
  { capabilities: { images, documents }, context_window }: LimitedModel,
): readonly MediaVerdict[] {
  const taken = { image: 0, document: 0 };
  let textBytes = 0;
  const verdicts: MediaVerdict[] = Array(media.length);
  const judge = (medium: MeasuredMedia): MediaVerdict => {
    const isText = isTextType(medium.mediaType);
    if (isText && textBytes + medium.bytes > context_window * mostBytesPerToken) {
      const why = `has a context window of ${context_window} tokens, too few for the text`;
      return { as: "nothing", why };
    }
    if (isText) textBytes += medium.bytes;
    const limits = medium.kind === "image" ? images : documents;
    const why = obstacle(medium, limits, taken[medium.kind]);
    if (why === null) {
      taken[medium.kind] += 1;
      return { as: "itself" };
    }
    return isText ? { as: "text" } : { as: "nothing", why };
  };
  for (const isText of [false, true]) {
    media.forEach((medium, index) => {
      if (isTextType(medium.mediaType) === isText) verdicts[index] = judge(medium);
    });
  }
  return verdicts;
}

function obstacle(
  { kind, mediaType, bytes, side }: MeasuredMedia,
  limits: Limits | undefined,
  taken: number,
): string | null {
  if (limits === undefined) return `takes no ${kind}s`;
  const { max_count, max_bytes, max_side, types } = limits;
  if (!types.includes(mediaType)) return `takes no ${kind}s of the type ${mediaType}`;
  if (bytes > max_bytes) return `takes ${kind}s of at most ${max_bytes} bytes; one has ${bytes}`;
  if (side !== null && side > (max_side ?? side)) {
    return `takes ${kind}s of at most ${max_side} pixels a side; one has ${side}`;
  }
  return taken < max_count ? null : `takes at most ${max_count} ${kind}s`;
}
