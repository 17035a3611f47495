import type { ModelEvent } from "../../../../supabase/functions/_shared/core/model_event.ts";

/** The text of a batch of events. */
export function textOfEvents(events: readonly ModelEvent[]): string {
  return events.map((event) => event.type === "text-delta" ? event.text : "").join("");
}

/** The text of a stream as it arrives: of each batch of events that has any. */
export async function* textsOf(
  { events }: { readonly events: AsyncIterable<readonly ModelEvent[]> },
): AsyncGenerator<string, void, void> {
  for await (const batch of events) {
    const text = textOfEvents(batch);
    if (text !== "") yield text;
  }
}
