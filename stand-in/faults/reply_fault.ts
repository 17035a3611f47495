import { wait } from "../wire/wait.ts";
import type { CallFaults } from "./call_faults.ts";
import { faultError } from "./frame_faults.ts";

/**
 * Waits for the call's latency fault, then gives the reply that a fault puts in place of the
 * answer: null for none, `abandoned` when the caller hung up or the stand-in closes.
 *
 * @param signals Read only when there is something to wait for: Deno warns once when a request's
 * signal is used at all.
 * @throws {AwsError} for an `error` fault.
 */
export async function replyFault(
  faults: CallFaults,
  signals: () => readonly AbortSignal[],
): Promise<Response | "abandoned" | null> {
  const latency = faults.get("latency");
  if (latency !== undefined && !await wait(latency.ms, signals())) return "abandoned";
  if (faults.get("hang") !== undefined) {
    await wait(null, signals());
    return "abandoned";
  }
  const error = faults.get("error");
  if (error !== undefined) throw faultError(error);
  const raw = faults.get("raw");
  return raw === undefined ? null : new Response(raw.body === "" ? null : raw.body, raw);
}
