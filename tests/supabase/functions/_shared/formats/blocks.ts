import type {
  ContentBlock,
  DocumentBlock,
  ImageBlock,
  Message,
  TextBlock,
  ToolResultBlock,
  ToolUseBlock,
} from "../../../../../supabase/functions/_shared/core/content.ts";

/** A PNG of one pixel. */
export const tinyPng =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The beginning of a PDF. */
export const tinyPdf = btoa("%PDF-1.4\n%%EOF\n");

export const text = (text: string): TextBlock => ({ type: "text", text });

export function image(data = tinyPng): ImageBlock {
  return { type: "image", mediaType: "image/png", source: { kind: "base64", data } };
}

export function pdf(name = "report.pdf"): DocumentBlock {
  const source = { kind: "base64", data: tinyPdf } as const;
  return { type: "document", mediaType: "application/pdf", name, source };
}

export function textFile(content: string, name = "notes.txt"): DocumentBlock {
  const source = { kind: "base64", data: btoa(content) } as const;
  return { type: "document", mediaType: "text/plain", name, source };
}

export function toolUse(id: string, name = "find_bed", input: unknown = {}): ToolUseBlock {
  return { type: "tool-use", id, name, input };
}

export function toolResult(
  toolUseId: string,
  content: ToolResultBlock["content"] = [text("Ward B")],
): ToolResultBlock {
  return { type: "tool-result", toolUseId, content, isError: false };
}

export function user(...blocks: ContentBlock[]): Message {
  return { role: "user", blocks, modelId: null };
}

export function answerOf(modelId: string, ...blocks: ContentBlock[]): Message {
  return { role: "assistant", blocks, modelId };
}
