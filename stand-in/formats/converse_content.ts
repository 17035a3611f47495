import { z } from "zod";
import { invalid } from "../wire/aws_error.ts";
import {
  cachePoint,
  document,
  guardContent,
  image,
  reasoningContent,
  toolResult,
  toolUse,
  video,
} from "./amazon_content.ts";

const anything = z.record(z.string(), z.unknown());

/** A content block: exactly one member, and one that the service knows. */
export const converseContent = z.strictObject({
  text: z.string().optional(),
  image: image.optional(),
  document: document.optional(),
  video: video.optional(),
  audio: anything.optional(),
  toolUse: toolUse.optional(),
  toolResult: toolResult.optional(),
  reasoningContent: reasoningContent.optional(),
  cachePoint: cachePoint.optional(),
  guardContent: guardContent.optional(),
  citationsContent: anything.optional(),
  searchResult: anything.optional(),
  toolAddition: anything.optional(),
  toolRemoval: anything.optional(),
}).refine((value) => Object.keys(value).length === 1, {
  error: "A content block must have exactly one member",
});

type Content = z.infer<typeof converseContent>;

/** Refuses empty messages and blank text, in the results of tools too. */
export function checkBlanks(
  messages: readonly { readonly content: readonly Content[] }[],
): void {
  messages.forEach(({ content }, index) => {
    if (content.length === 0) {
      throw invalid(
        `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
      );
    }
    content.forEach((block, position) => {
      const at = `messages.${index}.content.${position}`;
      checkBlank(block.text, at);
      checkBlank(block.guardContent?.text?.text, `${at}.guardContent.text`);
      block.toolResult?.content.forEach((inner, place) =>
        checkBlank(inner.text, `${at}.toolResult.content.${place}`)
      );
    });
  });
}

function checkBlank(text: string | undefined, at: string): void {
  if (text?.trim() !== "") return;
  throw invalid(
    `The text field in the ContentBlock object at ${at} is blank. Add text to the text field, and try again.`,
  );
}
