import { AppError } from "../core/app_error.ts";
import { contentBucket } from "../media/content_bucket.ts";
import { mostAtOnce, type ObjectStore } from "../media/object_store.ts";
import type { ClaimedObject, ErasingQueue, RemovedObject } from "./erasing_queue.ts";

export interface EraseObjectsOptions {
  readonly queue: Pick<ErasingQueue, "claim" | "record">;
  readonly objects: Pick<ObjectStore, "list" | "remove">;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** When to begin no more, by that clock. */
  readonly until: number;
}

/** What a call of {@linkcode eraseObjects} has done. */
export interface ErasedObjects {
  /** Objects that were there and are removed. */
  readonly removed: number;
  /** Paths that could not be removed and are tried again. */
  readonly failed: number;
}

/** Paths that are claimed at a time. */
const claimedAtOnce = 100;

/**
 * Removes from Storage what erasures have queued, until nothing is left or the time is over. What
 * fails stays in the queue, and the next call tries it again.
 */
export async function eraseObjects(
  { queue, objects, now, until }: EraseObjectsOptions,
): Promise<ErasedObjects> {
  let removed = 0;
  let failed = 0;
  while (now() < until) {
    const claimed = await queue.claim(claimedAtOnce);
    if (claimed.length === 0) break;
    const results = [
      ...await removeObjects(claimed.filter((one) => !one.is_prefix), objects),
      ...await removePrefixes(claimed.filter((one) => one.is_prefix), objects, () => now() < until),
    ];
    await queue.record(results);
    removed += results.reduce((sum, result) => sum + result.removed, 0);
    const failures = results.filter(({ error }) => error !== null).length;
    failed += failures;
    // Storage is away, or the time is over: the rest would fare the same.
    if (failures > 0) break;
  }
  return { removed, failed };
}

async function removeObjects(
  claimed: readonly ClaimedObject[],
  objects: Pick<ObjectStore, "remove">,
): Promise<readonly RemovedObject[]> {
  if (claimed.length === 0) return [];
  try {
    const removed = new Set(await objects.remove(contentBucket, claimed.map(({ path }) => path)));
    return claimed.map(({ id, path }) => ({ id, removed: removed.has(path) ? 1 : 0, error: null }));
  } catch (error) {
    return claimed.map(({ id }) => ({ id, removed: 0, error: codeOf(error) }));
  }
}

async function removePrefixes(
  claimed: readonly ClaimedObject[],
  objects: Pick<ObjectStore, "list" | "remove">,
  hasTime: () => boolean,
): Promise<readonly RemovedObject[]> {
  const results: RemovedObject[] = [];
  for (const { id, path } of claimed) {
    const count = { removed: 0 };
    try {
      const isDone = await emptyFolder(path.replace(/\/+$/, ""), objects, hasTime, count);
      results.push({ id, ...count, error: isDone ? null : "unfinished" });
    } catch (error) {
      results.push({ id, ...count, error: codeOf(error) });
    }
  }
  return results;
}

/** Removes all that lies below a folder. Returns whether nothing is left of it. */
async function emptyFolder(
  folder: string,
  objects: Pick<ObjectStore, "list" | "remove">,
  hasTime: () => boolean,
  count: { removed: number },
): Promise<boolean> {
  while (hasTime()) {
    const listed = await objects.list(contentBucket, folder);
    const paths = listed.objects.map((name) => `${folder}/${name}`);
    if (paths.length > 0) {
      count.removed += (await objects.remove(contentBucket, paths)).length;
    }
    for (const name of listed.folders) {
      if (!await emptyFolder(`${folder}/${name}`, objects, hasTime, count)) return false;
    }
    // Less than a page was all that there was.
    if (paths.length + listed.folders.length < mostAtOnce) return true;
  }
  return false;
}

function codeOf(error: unknown): RemovedObject["error"] {
  return error instanceof AppError ? error.code : "internal_error";
}
