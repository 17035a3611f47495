/**
 * Runs jobs in their order, as many at a time as there are lanes; a lane that is done takes the
 * next job.
 *
 * @returns what the jobs return, in their order
 */
export async function sideBySide<T>(
  lanes: number,
  jobs: readonly (() => Promise<T>)[],
): Promise<T[]> {
  const results: T[] = [];
  const waiting = jobs.entries();
  const lane = async () => {
    // All lanes take from the one iterator.
    for (const [index, job] of waiting) results[index] = await job();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
