import type { Signal } from "@preact/signals";

/** Longest that a switch is watched, in minutes. */
const mostMinutes = 10_080;

/** For how long a switch is watched, so that it goes back by itself. */
export function WatchField({ minutes }: { minutes: Signal<string> }) {
  return (
    <>
      <label>
        Watch it for, in minutes
        <input
          type="text"
          inputMode="numeric"
          autocomplete="off"
          placeholder="Optional; not watched"
          value={minutes.value}
          onInput={(event) => minutes.value = event.currentTarget.value}
        />
      </label>
      {minutes.value.trim() !== "" && (
        <p class="muted field-note" role="status">
          {watchArgs(minutes.value) === null
            ? "The minutes are a whole number, 1 to 10,080."
            : "It goes back by itself where access is denied, or clearly more fails than in the hour " +
              "before. A rollout proves more: it asks both models at the same time."}
        </p>
      )}
    </>
  );
}

/** The request's field, none where nothing was entered; null where it cannot be sent. */
export function watchArgs(minutes: string): { watch_minutes?: number } | null {
  const text = minutes.trim();
  if (text === "") return {};
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= mostMinutes ? { watch_minutes: count } : null;
}
