/**
 * A `fetch` that gives up after `timeoutMs` milliseconds, counted until the response's head, and
 * until the end of its body too, since the same signal ends the reading.
 *
 * @returns a function that rejects with a `TimeoutError` DOMException when the time is up.
 */
export function fetchWithin(timeoutMs: number, fetch: typeof globalThis.fetch): typeof fetch {
  return (input, init) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    return fetch(input, { ...init, signal });
  };
}
