import { documentFormats } from "../core/content.ts";
import type { Capabilities } from "./capabilities.ts";

/** What a model accepts, in words: `text, images; tools; caching; thinks: low, medium, high`. */
export function describeCapabilities(capabilities: Capabilities): string {
  const { images, documents, tools, output_schema, stop_sequences, thinking, caching } =
    capabilities;
  const kinds = ["text", images && "images", documents && "documents"].filter(Boolean);
  const canForce = tools?.choices.some((choice) => choice !== "none");
  return [
    kinds.join(", "),
    tools && (canForce ? "tools" : "tools, none of them forced"),
    output_schema && "JSON schemas",
    stop_sequences && "stop sequences",
    caching && (caching.automatic ? "caching" : "caching where it is asked for"),
    thinking && `thinks${whenThinking(thinking)}: ${thinking.efforts.join(", ")}`,
  ].filter(Boolean).join("; ");
}

function whenThinking({ by_default, off }: NonNullable<Capabilities["thinking"]>): string {
  if (!by_default) return "";
  return off === "omitted" ? " always" : " by default";
}

/** The limits of what it accepts, one sentence each. */
export function describeLimits({ images, documents, caching }: Capabilities): string[] {
  const size = (bytes: number) => `${count(bytes)} bytes`;
  const side = images?.max_side ?? null;
  return [
    images && `At most ${images.max_count} images (${images.types.map(typeName).join(", ")}) of ` +
      size(images.max_bytes) + (side === null ? "" : ` and ${count(side)} pixels a side`),
    documents &&
    `At most ${documents.max_count} documents (${
      documents.types.map((type) => documentFormats[type]).join(", ")
    }) of ${size(documents.max_bytes)}`,
    caching && `At most ${caching.max_points} cache points (${caching.ttls.join(", ")}) after ` +
      `${count(caching.min_tokens)} tokens`,
  ].flatMap((sentence) => sentence === undefined ? [] : [`${sentence}.`]);
}

/** Where that is from, and what of it is assumed, in words. */
export function describeSource({ source }: Capabilities): string {
  if (source === undefined) return "Its row names no source of that.";
  const { url, checked_on, assumed } = source;
  return `Source: ${url} of ${checked_on}` +
    (assumed.length === 0 ? "." : `; assumed, as it does not tell: ${assumed.join(", ")}.`);
}

function typeName(type: string): string {
  return type.slice("image/".length);
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
