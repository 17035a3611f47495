import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

/** A text that is there to be copied, by a button or by hand. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const field = useRef<HTMLInputElement>(null);
  const said = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      said.value = "Copied.";
    } catch {
      // Without HTTPS, or where the browser's user has forbidden it.
      field.current?.select();
      said.value = "The browser does not allow it. Copy the selected text yourself.";
    }
  };
  return (
    <div class="copy-field">
      <label>
        {label}
        <input
          ref={field}
          type="text"
          readOnly
          spellcheck={false}
          value={value}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      <button type="button" class="button" onClick={copy}>Copy</button>
      <p class="muted" role="status">{said.value}</p>
    </div>
  );
}
