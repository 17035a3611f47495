import type { Erasure } from "./erasure.ts";
import type { ErasedObjects } from "./erase_objects.ts";

export interface EraseWithinOptions {
  /** Does one batch in the database: begins the job, or goes on with it. */
  readonly eraseBatch: () => Promise<Erasure>;
  /** Removes what is queued of Storage. */
  readonly eraseObjects: () => Promise<ErasedObjects>;
  /** Whether there is time for another batch, and somebody waits for it. */
  readonly goesOn: () => boolean;
}

/**
 * Erases batch by batch, until all is erased, the time is over or nothing moves: then the rest is
 * the tick's, or the next call's.
 */
export async function eraseWithin(
  { eraseBatch, eraseObjects, goesOn }: EraseWithinOptions,
): Promise<Erasure> {
  let job = await eraseBatch();
  while (job.status === "running" && goesOn()) {
    const before = job.left;
    // Queued as their messages go: the last of them are there when no message is left.
    const { removed } = before.messages === 0 && before.objects > 0
      ? await eraseObjects()
      : { removed: 0 };
    job = await eraseBatch();
    if (removed === 0 && !hasMoved(before, job.left)) break;
  }
  return job;
}

function hasMoved(before: Erasure["left"], after: Erasure["left"]): boolean {
  return Object.keys(before).some((name) =>
    before[name as keyof typeof before] !== after[name as keyof typeof after]
  );
}
