import type { Signal } from "@preact/signals";
import type { RefObject } from "preact";

/** The text of a question; Enter sends it. */
export function QuestionField(
  { text, field, onSend, onPaste }: {
    text: Signal<string>;
    field: RefObject<HTMLTextAreaElement | null>;
    onSend: () => void;
    onPaste: (event: ClipboardEvent) => void;
  },
) {
  return (
    <label>
      Question
      <textarea
        ref={field}
        rows={3}
        maxLength={32_000}
        value={text.value}
        aria-describedby="composer-keys"
        onInput={(event) => text.value = event.currentTarget.value}
        onPaste={onPaste}
        onKeyDown={(event) => {
          // Not while an input method composes a character with the same key.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          onSend();
        }}
      />
    </label>
  );
}
