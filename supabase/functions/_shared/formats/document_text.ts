import { base64Text } from "../core/base64_text.ts";
import type { DocumentBlock, InlineSource } from "../core/content.ts";
import { storableText } from "../core/storable_text.ts";

/** A document of text as the text that a model reads. */
export function documentText(document: DocumentBlock, { data }: InlineSource): string {
  return `[document: ${labelOf(document)}]\n${storableText(base64Text(data))}`;
}

/** A document's name as its owner has it, in one line. */
export function labelOf({ name }: DocumentBlock): string {
  return storableText(name).replaceAll(/\s+/g, " ").trim();
}
