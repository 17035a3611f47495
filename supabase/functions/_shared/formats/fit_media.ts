import { AppError } from "../core/app_error.ts";
import {
  type ContentBlock,
  isMedia,
  isTextType,
  type MediaBlock,
  mediaOf,
  type Message,
  type TextBlock,
  type ToolResultBlock,
} from "../core/content.ts";
import { judgeMedia, measureMedia, type MediaVerdict } from "../core/media_limits.ts";
import type { Model } from "../registry/model.ts";
import { documentText, labelOf } from "./document_text.ts";
import type { LeaveOut } from "./left_out.ts";
import type { Fit } from "./fit.ts";

/**
 * Fits images and documents to the row of a model. The newest come first where there are too many.
 * One that the model does not take is replaced by words, a document of text by its text; what a
 * tool's result may not hold stands beside it.
 *
 * @param asked the blocks of the question, whose media are never left out
 * @throws {AppError} `modality_not_supported` where one of those does not fit
 */
export function fitMedia(
  messages: readonly Message[],
  asked: readonly ContentBlock[],
  model: Model,
  leaveOut: LeaveOut,
  { withheld, isGuarded }: Pick<Fit, "withheld" | "isGuarded"> = {},
): readonly Message[] {
  const needed = new Set(mediaOf(asked));
  const sent = messages.filter(({ role }) => role === "user");
  const media = sent.flatMap(({ blocks }) => mediaOf(blocks));
  const verdicts = judge(media, model, isGuarded).values();
  const fit = (block: MediaBlock): MediaBlock | TextBlock => {
    const judged = verdicts.next().value;
    const isRefused = withheld === "media" && judged?.as === "itself" && !needed.has(block);
    const verdict: typeof judged = isRefused ? { as: "nothing", why: "has refused it" } : judged;
    if (verdict === undefined || verdict.as === "itself") return block;
    if (verdict.as === "text") return asText(block);
    if (needed.has(block)) throw notTaken(model, verdict.why);
    leaveOut(block);
    return inWords(block);
  };
  const keepsInResults = model.capabilities.images?.in_tool_results ?? false;
  return nameDocuments(messages.map((message) =>
    message.role === "assistant"
      // Models take media from the user only.
      ? { ...message, blocks: message.blocks.map((block) => spoken(block, leaveOut)) }
      : fitUserMessage(message, fit, keepsInResults)
  ));
}

/** Judges media, the newest first; those whose bytes are not here use up no place. */
function judge(
  media: readonly MediaBlock[],
  model: Model,
  isGuarded = false,
): readonly MediaVerdict[] {
  const isHere = ({ source }: MediaBlock) => source.kind === "base64";
  const newestFirst = media.filter(isHere).map(measureMedia).toReversed();
  const judged = judgeMedia(newestFirst, model).toReversed().values();
  return media.map((block): MediaVerdict => {
    const verdict = isHere(block) ? judged.next().value : undefined;
    if (verdict === undefined) return { as: "nothing", why: `was not sent the ${block.type}` };
    // Nova's own body has no documents, and a guardrail reads none; any model reads text.
    const asText = (isGuarded || model.format === "nova") && isTextType(block.mediaType);
    return asText && verdict.as === "itself" ? { as: "text" } : verdict;
  });
}

function notTaken(model: Model, why: string): AppError {
  return new AppError("modality_not_supported", `The model "${model.model_id}" ${why}.`, {
    hint: "Choose a model that takes it, or send less.",
  });
}

function spoken(block: ContentBlock, leaveOut: LeaveOut): ContentBlock {
  if (!isMedia(block)) return block;
  leaveOut(block);
  return inWords(block);
}

function fitUserMessage(
  message: Message,
  fit: (block: MediaBlock) => MediaBlock | TextBlock,
  keepsInResults: boolean,
): Message {
  const beside: ContentBlock[] = [];
  const moveBeside = (block: MediaBlock): TextBlock => {
    const name = `attachment ${beside.length / 2 + 1}`;
    beside.push({ type: "text", text: `[${name}]` }, block);
    return { type: "text", text: `[${name}, see below]` };
  };
  const fitPart = (part: ToolResultBlock["content"][number]) => {
    const fitted = part.type === "text" ? part : fit(part);
    const stays = fitted.type === "text" || (fitted.type === "image" && keepsInResults);
    return stays ? fitted : moveBeside(fitted);
  };
  const blocks = message.blocks.map((block): ContentBlock => {
    if (isMedia(block)) return fit(block);
    return block.type === "tool-result" ? { ...block, content: block.content.map(fitPart) } : block;
  });
  const results = blocks.filter(({ type }) => type === "tool-result");
  const others = blocks.filter(({ type }) => type !== "tool-result");
  return { ...message, blocks: [...results, ...beside, ...others] };
}

function asText(block: MediaBlock): MediaBlock | TextBlock {
  const { type, source } = block;
  if (type !== "document" || source.kind !== "base64") return block;
  return marked(documentText(block, source), block);
}

function inWords(block: MediaBlock): TextBlock {
  const name = block.type === "document" ? `: ${labelOf(block)}` : "";
  return marked(`[${block.type} left out${name}]`, block);
}

function marked(text: string, { cache }: MediaBlock): TextBlock {
  return { type: "text", text, ...(cache !== undefined && { cache }) };
}

/**
 * Gives documents neutral names, since models refuse many characters and the same name twice, and
 * tells the owner's beside them. A message with a document has to have a text; and a cache mark may
 * not follow a document of text, so that it goes to the text.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
 */
function nameDocuments(messages: readonly Message[]): readonly Message[] {
  let count = 0;
  return messages.map((message) => {
    const hasText = message.blocks.some(({ type }) => type === "text");
    const blocks = message.blocks.flatMap((block): ContentBlock[] => {
      if (block.type !== "document") return [block];
      count += 1;
      const name = `document ${count}`;
      if (block.name === name && hasText && block.cache === undefined) return [block];
      const { cache, ...unmarked } = block;
      const label = block.name === name ? `[${name}]` : `[${name}: ${labelOf(block)}]`;
      const text: TextBlock = { type: "text", text: label, ...(cache !== undefined && { cache }) };
      return [{ ...unmarked, name }, text];
    });
    return { ...message, blocks };
  });
}
