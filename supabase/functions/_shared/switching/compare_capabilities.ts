import { documentFormats, isTextType } from "../core/content.ts";
import type { Capabilities } from "../registry/capabilities.ts";

/** Questions that a model took and another does not, a few words each. */
export function lostContent(from: Capabilities, to: Capabilities): string[] {
  return [...lostImages(from.images, to.images), ...lostDocuments(from.documents, to.documents)]
    .concat(from.tools !== undefined && to.tools === undefined ? "no tools" : []);
}

/** What a model did for every question and another does not, a few words each. */
export function lostWays(from: Capabilities, to: Capabilities): string[] {
  return [
    ...lostChoices(from.tools, to.tools),
    ...from.output_schema && !to.output_schema ? ["JSON schemas not by itself"] : [],
    ...lostThinking(from.thinking, to.thinking),
    ...lostCaching(from.caching, to.caching),
  ];
}

function lostImages(from: Capabilities["images"], to: Capabilities["images"]): string[] {
  if (from === undefined) return [];
  if (to === undefined) return ["no images"];
  const types = without(from.types, to.types);
  return [
    ...types.length === 0 ? [] : [`no images of the type ${types.join(", ")}`],
    ...lowered(from.max_count, to.max_count, (count) => `${count} images`),
    ...lowered(from.max_bytes, to.max_bytes, (bytes) => `${bytes} bytes an image`),
    ...lowered(from.max_side, to.max_side, (pixels) => `${pixels} pixels an image's side`),
  ];
}

function lostDocuments(from: Capabilities["documents"], to: Capabilities["documents"]): string[] {
  if (from === undefined) return [];
  if (to === undefined) return ["no documents"];
  // Those that are text are read by every model.
  const types = without(from.types, to.types).filter((type) => !isTextType(type));
  const names = types.map((type) => documentFormats[type]).join(", ");
  return [
    ...types.length === 0 ? [] : [`no documents of the type ${names}`],
    ...lowered(from.max_count, to.max_count, (count) => `${count} documents`),
    ...lowered(from.max_bytes, to.max_bytes, (bytes) => `${bytes} bytes a document`),
  ];
}

function lostChoices(from: Capabilities["tools"], to: Capabilities["tools"]): string[] {
  if (from === undefined || to === undefined) return [];
  const choices = without(from.choices, to.choices);
  return choices.length === 0 ? [] : [`tool_choice ${choices.join(", ")} in words only`];
}

function lostThinking(from: Capabilities["thinking"], to: Capabilities["thinking"]): string[] {
  if (from === undefined) return [];
  if (to === undefined) return ["no thinking"];
  const lost = without(from.efforts, to.efforts);
  return lost.length === 0 ? [] : [`no thinking with the effort ${lost.join(", ")}`];
}

function lostCaching(from: Capabilities["caching"], to: Capabilities["caching"]): string[] {
  if (from === undefined) return [];
  if (to === undefined) return ["no caching"];
  const ttls = without(from.ttls, to.ttls);
  return [
    ...from.automatic && !to.automatic ? ["no caching by itself"] : [],
    ...ttls.length === 0 ? [] : [`no caching for ${ttls.join(", ")}`],
    ...from.min_tokens < to.min_tokens ? [`caching from ${inWords(to.min_tokens)} tokens on`] : [],
  ];
}

function without<Value>(from: readonly Value[], to: readonly Value[]): Value[] {
  return from.filter((value) => !to.includes(value));
}

/** A limit that is lower now; null: there is none. */
function lowered(
  from: number | null,
  to: number | null,
  what: (limit: string) => string,
): string[] {
  return to === null || (from ?? Infinity) <= to ? [] : [`at most ${what(inWords(to))}`];
}

function inWords(count: number): string {
  return count.toLocaleString("en-US");
}
