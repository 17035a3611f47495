import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "./describe_error.ts";

export interface TickerOptions {
  /** URL of the API. */
  readonly apiUrl: string;
  /** A secret key of the project. */
  readonly secretKey: string;
  readonly everyMs: number;
  /** Gets a line when a tick fails after one that did not, or the first. */
  readonly log: (line: string) => void;
}

/** Longer than a tick takes whose comparison with AWS runs into its limit. */
const timeoutMs = 60_000;

/**
 * Runs the tick now and then again and again, as a cron does; what one misses, the next one does.
 *
 * @returns ends it, and a tick that runs
 */
export function startTicker(
  { apiUrl, secretKey, everyMs, log }: TickerOptions,
): () => Promise<void> {
  const end = new AbortController();
  let told = false;
  const tick = async () => {
    const problem = await runTick({ apiUrl, secretKey, signal: end.signal })
      .then(() => null, describeError);
    if (end.signal.aborted) return;
    if (problem !== null && !told) log(`The tick failed: ${problem}`);
    told = problem !== null;
  };
  const running = (async () => {
    while (!end.signal.aborted) {
      await tick();
      await sleep(everyMs, undefined, { signal: end.signal }).catch(() => {});
    }
  })();
  return async () => {
    end.abort();
    await running;
  };
}

async function runTick(
  { apiUrl, secretKey, signal }: { apiUrl: string; secretKey: string; signal: AbortSignal },
): Promise<void> {
  const response = await fetch(`${apiUrl}/functions/v1/manage-bedrock-models/tick`, {
    method: "POST",
    headers: { apikey: secretKey },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status} ${text.slice(0, 300)}`);
}
