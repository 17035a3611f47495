import { atMost } from "../core/at_most.ts";
import {
  bytesOf,
  type ContentBlock,
  type MediaBlock,
  mediaOf,
  type MediaSource,
  type Message,
  type StoredSource,
} from "../core/content.ts";
import { mapMedia } from "../core/map_media.ts";
import { decode, encode } from "../media/base64.ts";
import { checkMedia, maxMediaBytes } from "../media/check_media.ts";
import { contentBucket } from "../media/content_bucket.ts";
import type { ObjectStore } from "../media/object_store.ts";

/** Media of a question, on their way into {@linkcode contentBucket}. */
export interface Upload {
  /** Says whose they are, and what is in them: a user's same bytes have the same path. */
  readonly path: string;
  readonly mediaType: string;
  /** Base64. */
  readonly data: string;
}

/** Milliseconds after which no further try to keep media begins. */
const saveForMs = 20_000;

/**
 * Keeps the media of a question, each tried twice, and one after the other: decoded all at once,
 * they would fill the memory. Never throws: the answer does not depend on it.
 *
 * @param now the clock, in milliseconds
 * @returns why each of those is not kept that are not
 */
export async function saveMedia(
  uploads: readonly Upload[],
  objects: Pick<ObjectStore, "write">,
  now: () => number,
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  const until = now() + saveForMs;
  for (const { path, mediaType, data } of uploads) {
    const write = async () => {
      if (now() > until) throw new Error("the time for keeping media is over");
      await objects.write({ bucket: contentBucket, path }, decode(data), mediaType);
    };
    try {
      await write().catch(write);
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}

/** Whose conversation it is, and how its media are read. */
export interface MediaReader {
  readonly userId: string;
  /** Of the user, for what lies in buckets of the project's own. */
  readonly accessToken: string;
  readonly objects: Pick<ObjectStore, "read">;
}

/**
 * A history with its media inline, the newest first as far as they fit. What does not fit, or cannot
 * be read, stays a reference. Without media it makes no call.
 *
 * @param question what is sent with it, whose media come first
 */
export async function loadMedia(
  history: readonly Message[],
  question: readonly ContentBlock[],
  reader: MediaReader,
): Promise<readonly Message[]> {
  const stored = chooseMedia(history, question);
  if (stored.length === 0) return history;
  const loaded = new Map<MediaSource, MediaSource>();
  const inTurn = atMost(loadAtATime);
  await Promise.all(stored.map(async ({ source, mediaType }) => {
    const data = await inTurn(() => loadSource(source, mediaType, reader));
    if (data !== null) loaded.set(source, { kind: "base64", data });
  }));
  return history.map((message) => ({
    ...message,
    blocks: mapMedia(message.blocks, (block) => ({
      ...block,
      source: loaded.get(block.source) ?? block.source,
    })),
  }));
}

/** Objects that are loaded at a time. */
const loadAtATime = 4;

/** Most objects that are loaded for a turn: few models take more images. */
const mostLoaded = 50;

interface StoredMedia {
  readonly source: StoredSource;
  readonly mediaType: MediaBlock["mediaType"];
}

/** Stored media that fit, the newest first. */
function chooseMedia(
  history: readonly Message[],
  question: readonly ContentBlock[],
): readonly StoredMedia[] {
  let left = maxMediaBytes -
    mediaOf(question).reduce((sum, { source }) => sum + bytesOf(source), 0);
  const chosen: StoredMedia[] = [];
  const all = history.flatMap(({ blocks }) => mediaOf(blocks));
  for (const { source, mediaType } of all.toReversed()) {
    if (source.kind !== "storage") continue;
    // Not what is older instead: which images a model sees should not depend on their sizes.
    if (source.size > left || chosen.length === mostLoaded) break;
    left -= source.size;
    chosen.push({ source, mediaType });
  }
  return chosen;
}

async function loadSource(
  { bucket, path, size }: StoredSource,
  mediaType: MediaBlock["mediaType"],
  { userId, accessToken, objects }: MediaReader,
): Promise<string | null> {
  const isOurs = bucket === contentBucket;
  if (isOurs && !path.startsWith(`${userId}/`)) return null;
  let left = size;
  const count = (bytes: number) => {
    left -= bytes;
    if (left < 0) throw new RangeError("the object has grown");
  };
  try {
    const object = await objects.read({ bucket, path }, isOurs ? null : accessToken, count);
    if (object === null) return null;
    const data = encode(object.bytes);
    // The project's own may have been replaced; a model would refuse another type with every turn.
    checkMedia("history", mediaType, data);
    return data;
  } catch {
    return null;
  }
}
