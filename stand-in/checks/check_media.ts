import { flatParts, mediaBytes, type PartOf } from "../answers/asked_part.ts";
import type { AskedMessage } from "../answers/question.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { checkDocuments } from "./check_documents.ts";
import { type Dialect, modelWords } from "./dialect.ts";
import { inspectImage } from "./inspect_media.ts";

/**
 * Bytes of an image. AWS documents 3.75 MB for Converse and counts in binary megabytes; Claude's
 * own limit is reported as 5 MB. Nova's body has the limit of 25 MB for all together.
 */
const imageBytes = { converse: 3_932_160, claude: 5_242_880, nova: Infinity };
const mostImages = { converse: 20, claude: 100, nova: Infinity };

/** Most pixels of a side of an image. */
const mostPixels = 8_000;

/** Refuses images and documents that the model, or the way of calling it, does not take. */
export function checkMedia(
  messages: readonly AskedMessage[],
  model: ServedModel,
  dialect: Dialect,
): void {
  for (const { role, parts } of messages) {
    for (const part of flatParts(parts)) {
      if (part.type !== "image" && part.type !== "document" && part.type !== "video") continue;
      if (role !== "user") {
        throw invalid(`The ${part.type} field is allowed in messages of the user role only.`);
      }
      const takes = part.type === "document" ? model.documents : model.images !== null;
      if (!takes) throw invalid(notTaken(part.type, dialect));
    }
    checkResultImages(parts, model);
  }
  const all = messages.flatMap(({ parts }) => flatParts(parts));
  const images = all.filter((part) => part.type === "image");
  for (const image of images) checkImage(image, model, dialect);
  if (images.length > mostImages[dialect]) {
    throw invalid(
      model.family === "claude"
        ? modelWords(
          dialect,
          `messages: too many images and documents: ${images.length} + 0 > ${mostImages[dialect]}`,
        )
        : `You can't include more than ${mostImages[dialect]} images in a request.`,
    );
  }
  checkDocuments(messages, dialect);
}

/** Whether a result may hold an image; the words of those that take none are not known. */
function checkResultImages(parts: AskedMessage["parts"], model: ServedModel): void {
  if (model.images?.inToolResults !== false) return;
  const result = parts.find((part) =>
    part.type === "tool_result" && part.parts.some(({ type }) => type === "image")
  );
  if (result !== undefined) {
    throw invalid(
      "This model doesn't support the image field in tool results. Remove it and try again.",
    );
  }
}

/** Nova Micro is text-only; its words on InvokeModel are not known. */
function notTaken(kind: string, dialect: Dialect): string {
  return dialect === "nova"
    ? "This model doesn't support image or video content."
    : `This model doesn't support the ${kind} field. Remove it and try again.`;
}

function checkImage(image: PartOf<"image">, model: ServedModel, dialect: Dialect): void {
  // An object in S3, which the stand-in does not read.
  if (image.data === "") return;
  const at = dialect === "claude"
    ? `${image.at}.image.source.base64`
    : `${image.at}.image.source.bytes`;
  const refuse = (message: string) => invalid(modelWords(dialect, `${at}: ${message}`));
  const bytes = mediaBytes(image);
  const most = imageBytes[dialect];
  if (bytes > most) {
    throw refuse(
      model.family === "claude" && dialect === "converse"
        // Claude counts the base64 text behind Converse, and 3.75 MB are 5 MB of it.
        ? `image exceeds 5 MB maximum: ${image.data.length} bytes > 5242880 bytes`
        : `image exceeds ${most / 1_048_576} MB maximum: ${bytes} bytes > ${most} bytes`,
    );
  }
  const { format, size } = inspectImage(image.data);
  if (format !== null && format !== image.format) {
    throw refuse(
      `The image was specified using the image/${image.format} media type, but the image appears to be a image/${format} image`,
    );
  }
  if (format === null || size === null || size.width === 0 || size.height === 0) {
    throw refuse("Could not process image");
  }
  if (Math.max(size.width, size.height) > mostPixels) {
    throw refuse(
      `At least one of the image dimensions exceed max allowed size: ${mostPixels} pixels`,
    );
  }
}
