import { mediaOf, type Message } from "../core/content.ts";
import { judgeMedia, measureMedia } from "../core/media_limits.ts";
import type { Model } from "../registry/model.ts";
import type { ContentNeeds } from "./selection.ts";

/**
 * What a question asks of the model that answers it.
 *
 * @param tools those that the model may call
 */
export function needsOf(question: Message, tools: readonly unknown[] = []): ContentNeeds {
  return { media: mediaOf(question.blocks).map(measureMedia), tools: tools.length > 0 };
}

/**
 * What keeps a model from taking a question, by its row, such as "takes no images"; null where
 * nothing does.
 *
 * @param needs undefined: text alone, which every model takes
 */
export function lackOf(model: Model, needs: ContentNeeds | undefined): string | null {
  if (needs === undefined) return null;
  const refused = judgeMedia(needs.media, model)
    .find((verdict) => verdict.as === "nothing");
  return refused?.why ??
    (needs.tools && model.capabilities.tools === undefined ? "takes no tools" : null);
}
