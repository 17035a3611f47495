import { type AskedPart, flatParts, mediaBytes, type PartOf } from "./asked_part.ts";
import type { Question } from "./question.ts";

/**
 * What the request has besides text, in one sentence a kind: images and documents of the whole
 * conversation, the results of tools in the last message, and the tools.
 */
export function describeContent(question: Question): string[] {
  const all = question.messages.flatMap(({ parts }) => flatParts(parts));
  const results = (question.messages.at(-1)?.parts ?? [])
    .filter((part) => part.type === "tool_result");
  const guarded = all.flatMap(guardedWords).length;
  return [
    ...listed("Images", all.filter((part) => part.type === "image").map(media)),
    ...listed(
      "Documents",
      all.filter((part) => part.type === "document")
        .map((part) => part.name === null ? media(part) : `“${part.name}” ${media(part)}`),
    ),
    ...listed("Tools", (question.tools?.tools ?? []).map(({ name }) => name), false),
    ...listed("Results", results.map(resultText)),
    ...guarded > 0 ? [`Guarded blocks: ${guarded}.`] : [],
  ];
}

function guardedWords(part: AskedPart): string[] {
  if (part.type === "text" && part.guarded !== null) return [part.guarded];
  return part.type === "image" && part.guarded ? ["image"] : [];
}

function listed(name: string, items: readonly string[], counts = true): string[] {
  if (items.length === 0) return [];
  return [`${name}: ${counts ? `${items.length} (${items.join(", ")})` : items.join(", ")}.`];
}

function media(part: PartOf<"image"> | PartOf<"document">): string {
  return `${part.format}, ${mediaBytes(part)} bytes`;
}

function resultText({ toolUseId, parts, isError }: PartOf<"tool_result">): string {
  const content = parts.map((part) => {
    if (part.type === "text") return `“${part.text.slice(0, 60)}”`;
    return part.type === "image" || part.type === "document" ? media(part) : part.type;
  }).join(" ");
  return `${toolUseId}${isError ? " failed" : ""}: ${content === "" ? "nothing" : content}`;
}
