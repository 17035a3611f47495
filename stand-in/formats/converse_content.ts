import { z } from "zod";
import { base64Size } from "../answers/media_size.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { cachePoint } from "./amazon_tools.ts";

const anything = z.record(z.string(), z.unknown());
const source = z.looseObject({ bytes: z.base64().optional(), text: z.string().optional() });

/** A content block: exactly one member, and one that the service knows. */
export const converseContent = z.strictObject({
  text: z.string().optional(),
  image: z.object({ format: z.enum(["png", "jpeg", "gif", "webp"]), source }).optional(),
  document: z.object({
    format: z.enum(["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]).optional(),
    name: z.string().min(1).max(200),
    source,
  }).optional(),
  video: anything.optional(),
  audio: anything.optional(),
  toolUse: z.object({ toolUseId: z.string(), name: z.string(), input: z.unknown() }).optional(),
  toolResult: z.object({
    toolUseId: z.string(),
    content: z.array(anything),
    status: z.enum(["success", "error"]).optional(),
  }).optional(),
  reasoningContent: anything.optional(),
  cachePoint: cachePoint.optional(),
  guardContent: anything.optional(),
  citationsContent: anything.optional(),
  searchResult: anything.optional(),
  toolAddition: anything.optional(),
  toolRemoval: anything.optional(),
}).refine((value) => Object.keys(value).length === 1, {
  error: "A content block must have exactly one member",
});

type Content = z.infer<typeof converseContent>;

const limits = { images: 20, imageBytes: 3_750_000, documents: 5, documentBytes: 4_500_000 };

/** The rules that hold across blocks. The texts about images and documents are not confirmed. */
export function checkContent(
  messages: readonly { role: "user" | "assistant"; content: readonly Content[] }[],
  model: ServedModel,
): void {
  let images = 0;
  let documents = 0;
  messages.forEach(({ role, content }, index) => {
    if (content.length === 0) {
      throw invalid(
        `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
      );
    }
    content.forEach((block, position) => {
      if (block.text?.trim() === "") {
        throw invalid(
          `The text field in the ContentBlock object at messages.${index}.content.${position} is blank. Add text to the text field, and try again.`,
        );
      }
      const kind = block.image ? "image" : block.document ? "document" : null;
      if (kind === null) return;
      if (role !== "user") {
        throw invalid(`The ${kind} field is allowed in messages of the user role only.`);
      }
      if (!model.media) {
        throw invalid(`This model doesn't support the ${kind} field. Remove it and try again.`);
      }
      if (kind === "image") images += 1;
      else documents += 1;
      const most = kind === "image" ? limits.imageBytes : limits.documentBytes;
      const size = base64Size((block.image ?? block.document)?.source.bytes ?? "");
      if (size > most) throw invalid(`The ${kind} has ${size} bytes; at most ${most} are allowed.`);
    });
    const hasText = content.some((block) => block.text !== undefined);
    if (content.some((block) => block.document) && !hasText) {
      throw invalid("A message with a document must have a text block beside it.");
    }
  });
  if (images > limits.images) throw invalid(`At most ${limits.images} images are allowed.`);
  if (documents > limits.documents) {
    throw invalid(`At most ${limits.documents} documents are allowed.`);
  }
}
