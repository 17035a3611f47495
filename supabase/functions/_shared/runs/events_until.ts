/**
 * Does a piece of work and gives, as they come, the events that it tells before it is done.
 *
 * @param work must not reject
 * @param abandon gets the result where the consumer has left before it came
 */
export async function* eventsUntil<Event, Result>(
  work: (tell: (event: Event) => void) => Promise<Result>,
  abandon: (result: Result) => void,
): AsyncGenerator<readonly Event[], Result, void> {
  const told: Event[] = [];
  let wake = () => {};
  const done = work((event) => {
    told.push(event);
    wake();
  });
  let isAwaited = true;
  try {
    while (true) {
      const next = new Promise<void>((resolve) => wake = resolve);
      if (told.length === 0) await Promise.race([done, next]);
      if (told.length === 0) break;
      yield told.splice(0);
    }
    isAwaited = false;
    return await done;
  } finally {
    if (isAwaited) done.then(abandon);
  }
}
