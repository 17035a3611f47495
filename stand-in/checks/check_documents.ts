import { type AskedPart, flatParts, mediaBytes, type PartOf } from "../answers/asked_part.ts";
import type { AskedMessage } from "../answers/question.ts";
import { invalid } from "../wire/aws_error.ts";
import { type Dialect, modelWords } from "./dialect.ts";
import { isDocument } from "./inspect_media.ts";

/** Of a Converse request. AWS documents 4.5 MB; see the images for the counting. */
const limits = { documents: 5, bytes: 4_718_592 };

/** Refuses documents in a number, of a size, of a name or in a place that AWS does not take. */
export function checkDocuments(messages: readonly AskedMessage[], dialect: Dialect): void {
  const documents = messages.flatMap(({ parts }) => flatParts(parts)).filter(isDocumentPart);
  for (const document of documents) checkBytes(document, dialect);
  if (dialect !== "converse") return;
  for (const document of documents) {
    checkName(document.name ?? "");
    const bytes = mediaBytes(document);
    if (bytes > limits.bytes) {
      // The words of this one are not known.
      throw invalid(`The document has ${bytes} bytes; at most ${limits.bytes} are allowed.`);
    }
  }
  if (documents.length > limits.documents) {
    throw invalid(`You can't include more than ${limits.documents} documents in a request.`);
  }
  const names = documents.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    throw invalid(
      "Messages can't contain duplicate document names. Rename the document and retry your request.",
    );
  }
  for (const { parts } of messages) {
    const hasText = parts.some(({ type }) => type === "text");
    if (!hasText && parts.some(isDocumentPart)) {
      // The words of this one are not known.
      throw invalid("A message with a document must have a text block beside it.");
    }
  }
}

function isDocumentPart(part: AskedPart): part is PartOf<"document"> {
  return part.type === "document";
}

/** A name can carry instructions into the prompt, so AWS lets few characters into it. */
function checkName(name: string): void {
  if (/^[a-zA-Z0-9_\-()[\] ]+$/.test(name) && !name.includes("  ")) return;
  throw invalid(
    "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
  );
}

function checkBytes(document: PartOf<"document">, dialect: Dialect): void {
  // Text that was sent as text, or an object in S3.
  if (document.text !== undefined || document.data === "") return;
  if (isDocument(document.format, document.data)) return;
  throw invalid(modelWords(
    dialect,
    document.format === "pdf"
      ? `${document.at}.pdf.source.base64.data: The PDF specified was not valid.`
      // The words of the others are not known.
      : `${document.at}.document.source: The document is not a valid ${document.format} file.`,
  ));
}
