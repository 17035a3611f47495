/** What the pages of the audit log, each newest first, come to together. */

interface Entry {
  readonly id: number;
  readonly created_at: string;
}

/**
 * The known entries with the newest page in front of them. Where more was written in between than a
 * page holds, the page alone: a gap must not go unseen. So too where the page does not meet the known
 * entries, as after a restore of a backup, which gives the same ids to other entries.
 */
export function mergeNewest<T extends Entry>(
  known: readonly T[],
  page: readonly T[],
): readonly T[] {
  const last = page.at(-1);
  const meets = known.some(({ id, created_at }) =>
    id === last?.id && created_at === last.created_at
  );
  if (last === undefined || !meets) return page;
  return [...page, ...known.filter(({ id }) => id < last.id)];
}

/**
 * The known entries with an older page behind them.
 *
 * @param before The entry that the page was asked to follow; nothing is added where the known
 * entries no longer end with it.
 */
export function mergeOlder<T extends Entry>(
  known: readonly T[],
  page: readonly T[],
  before: number,
): readonly T[] {
  return known.at(-1)?.id === before ? [...known, ...page] : known;
}
