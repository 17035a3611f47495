/** What a model takes of a question, by its row. */
import type { ListedModel } from "../api/manage_actions.ts";
import { modelOrDefault } from "../format/model_state.ts";
import { formatBytes } from "../format/numbers.ts";
import { isImage } from "./attachment.ts";

/** What is to be sent, as far as a model may not take it. */
export interface Wanted {
  readonly media: readonly {
    readonly name: string;
    readonly mediaType: string;
    readonly size: number;
  }[];
  readonly tools: boolean;
}

/** What a model does not take of it, in words; empty where it takes everything. */
export function whatIsTooMuch(
  { model_name: name, capabilities }: Pick<ListedModel, "model_name" | "capabilities">,
  { media, tools }: Wanted,
): string[] {
  const images = media.filter(({ mediaType }) => isImage(mediaType));
  const documents = media.filter(({ mediaType }) => !isImage(mediaType));
  return [
    ...overLimits(name, "images", images, capabilities.images),
    ...overLimits(name, "documents", documents, capabilities.documents),
    ...(tools && capabilities.tools === undefined ? [`${name} takes no tools.`] : []),
  ];
}

interface MediaLimits {
  readonly max_count: number;
  readonly max_bytes: number;
  readonly types: readonly string[];
}

function overLimits(
  name: string,
  kind: "images" | "documents",
  media: Wanted["media"],
  limits: MediaLimits | undefined,
): string[] {
  // A document of text is sent as text to a model that takes none of its type.
  const own = media.filter(({ mediaType }) => !mediaType.startsWith("text/"));
  if (limits === undefined) return own.length === 0 ? [] : [`${name} takes no ${kind}.`];
  const { max_count: most, max_bytes: bytes, types } = limits;
  return [
    ...(media.length > most
      ? [`${name} takes ${most} of these ${media.length} ${kind} at most.`]
      : []),
    ...own.filter(({ mediaType }) => !types.includes(mediaType))
      .map((file) => `${name} takes no ${kind} of the type of ${file.name}.`),
    ...media.filter(({ size }) => size > bytes)
      .map((file) =>
        `${name} takes ${kind} of ${formatBytes(bytes)} at most; ${file.name} has more.`
      ),
  ];
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
