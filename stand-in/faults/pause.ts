import type { StreamEvent } from "../wire/event_stream.ts";
import type { CallFaults } from "./call_faults.ts";

/** The frame before which a stream falls silent, and for how long; null: it does not. */
export function pauseOf(
  events: readonly StreamEvent[],
  faults: CallFaults | null,
): { readonly beforeFrame: number; readonly ms: number } | null {
  const pause = faults?.get("pause");
  if (pause === undefined) return null;
  const first = events.findIndex(({ inside }) => inside === pause.inside);
  return first < 0 ? null : { beforeFrame: first + 1, ms: pause.ms };
}
