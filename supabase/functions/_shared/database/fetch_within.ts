/** Most milliseconds of one call of the database, where its client sets no other limit. */
export const defaultCallTimeoutMs = 10_000;

/**
 * A `fetch` that gives up after `timeoutMs` milliseconds, counted until the response's head, and
 * until the end of its body too, since the same signal ends the reading.
 *
 * @returns a function that rejects with a `TimeoutError` DOMException when the time is up.
 */
export function fetchWithin(
  timeoutMs: number,
  fetch: typeof globalThis.fetch,
): typeof fetch {
  return (input, init) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    // Deno 2.1's types know one RequestInit without a signal.
    const given = (init as { signal?: AbortSignal | null } | undefined)?.signal;
    const signal = given ? AbortSignal.any([given, timeout]) : timeout;
    return fetch(input, { ...init, signal });
  };
}
