import { z } from "zod";
import { documentFormats, type DocumentType, imageTypes } from "../core/content.ts";
import type { ContentNeeds } from "../selection/selection.ts";

const documentTypes = Object.keys(documentFormats) as [DocumentType, ...DocumentType[]];

/** What a turn's message held besides text, without its words. */
export const turnContentSchema = z.object({
  /** Images and documents, those in results of tools included. */
  media: z.array(z.object({
    kind: z.enum(["image", "document"]),
    media_type: z.enum([...imageTypes, ...documentTypes]),
    bytes: z.number(),
  })),
  tool_results: z.int(),
});

export type TurnContent = Readonly<z.infer<typeof turnContentSchema>>;

/** What was sent, as ` The message had 2 images and 1 document.`; empty of text alone. */
export function describeSent(content: TurnContent | null): string {
  if (content === null) return "";
  const counts = [
    inWords(content.media.filter(({ kind }) => kind === "image").length, "image"),
    inWords(content.media.filter(({ kind }) => kind === "document").length, "document"),
    inWords(content.tool_results, "tool result"),
  ].flat();
  const last = counts.pop();
  if (last === undefined) return "";
  const others = counts.length === 0 ? "" : `${counts.join(", ")} and `;
  return ` The message had ${others}${last}.`;
}

/** What the message asked of a model, as far as that is on record. */
export function needsIn(content: TurnContent | null): ContentNeeds {
  const media = (content?.media ?? []).map(({ kind, media_type, bytes }) => ({
    kind,
    mediaType: media_type,
    bytes,
    side: null,
  }));
  return { media, tools: false };
}

function inWords(count: number, noun: string): string[] {
  return count === 0 ? [] : [`${count} ${noun}${count === 1 ? "" : "s"}`];
}
