declare const EdgeRuntime:
  | { waitUntil(work: Promise<unknown>): void }
  | undefined;

/**
 * Lets `work` go on after the response: the edge runtime keeps the instance up for it; elsewhere
 * the process lives on by itself. `work` must handle its own failures.
 */
export function continueInBackground(work: Promise<void>): void {
  if (typeof EdgeRuntime !== "undefined") EdgeRuntime.waitUntil(work);
}
