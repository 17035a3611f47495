/** What a model takes of a question, by its row. */
import type { MediaBlock } from "../../../supabase/functions/_shared/core/content.ts";
import { judgeMedia, measureMedia } from "../../../supabase/functions/_shared/core/media_limits.ts";
import type { ListedModel } from "../api/manage_actions.ts";
import { modelOrDefault } from "../format/model_state.ts";
import { type Attachment, isImage } from "./attachment.ts";

/** What is to be sent, as far as a model may not take it. */
export interface Wanted {
  readonly media: readonly Pick<Attachment, "name" | "mediaType" | "data">[];
  readonly tools: boolean;
}

/** What a model does not take of it, in words, as `chat` judges it; empty where it takes all. */
export function whatIsTooMuch(
  row: Pick<ListedModel, "model_name" | "capabilities" | "context_window">,
  { media, tools }: Wanted,
): string[] {
  const { model_name: model, capabilities } = row;
  const verdicts = judgeMedia(media.map((file) => measureMedia(toBlock(file))), row);
  return [
    ...verdicts.flatMap((verdict, index) =>
      verdict.as === "nothing" ? [`${model} ${verdict.why} (${media[index]?.name}).`] : []
    ),
    ...(tools && capabilities.tools === undefined ? [`${model} takes no tools.`] : []),
  ];
}

function toBlock({ name, mediaType, data }: Wanted["media"][number]): MediaBlock {
  const source = { kind: "base64", data };
  const type = isImage(mediaType) ? "image" : "document";
  return { type, name, mediaType, source } as MediaBlock;
}

/**
 * The model that is expected to answer: the one that keeps the conversation, else the one asked for,
 * else the one of the platform admins' assistant, else the default.
 */
export function expectedModel(
  { models, assistants }: {
    readonly models: readonly ListedModel[];
    readonly assistants: readonly {
      readonly assistant_type: string;
      readonly model_version: string | null;
    }[];
  },
  pinned: string | null,
  asked: string | null,
): ListedModel | undefined {
  const own = assistants.find(({ assistant_type }) => assistant_type === "platform")?.model_version;
  return modelOrDefault(pinned ?? asked ?? own ?? null, models);
}
