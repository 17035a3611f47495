import { useSignal } from "@preact/signals";
import type { Model } from "../api/manage_actions.ts";

/** Where a question is written, sent and stopped. */
export function ChatComposer(
  { models, pinned, pending, onAsk, onStop }: {
    models: readonly Model[];
    /** The conversation has its model already. */
    pinned: boolean;
    /** What is on its way: nothing can be asked before it is there. */
    pending: "answer" | "conversation" | null;
    onAsk: (question: string, modelId: string | null) => void;
    onStop: () => void;
  },
) {
  const question = useSignal("");
  const modelId = useSignal("");
  const send = () => {
    const text = question.value;
    if (pending !== null || text.trim() === "") return;
    question.value = "";
    onAsk(text, modelId.value === "" ? null : modelId.value);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label>
        Question
        <textarea
          rows={3}
          maxLength={32_000}
          value={question.value}
          aria-describedby="composer-keys"
          onInput={(event) => question.value = event.currentTarget.value}
          onKeyDown={(event) => {
            // Not while an input method composes a character with the same key.
            if (
              event.key !== "Enter" || event.shiftKey || event.isComposing
            ) return;
            event.preventDefault();
            send();
          }}
        />
      </label>
      <div class="composer-tools">
        {pinned
          ? <span class="muted">This conversation stays with its model.</span>
          : (
            <label class="inline-field">
              Model
              <select
                value={modelId.value}
                onChange={(event) => modelId.value = event.currentTarget.value}
              >
                <option value="">as the rules choose</option>
                {models.map((model) => (
                  <option key={model.model_id} value={model.model_id}>
                    {model.model_name}
                  </option>
                ))}
              </select>
            </label>
          )}
        <span id="composer-keys" class="muted composer-keys">
          Enter sends, Shift and Enter make a new line.
        </span>
        {/* With keys, so that a second click on one of them never meets the other. */}
        {pending === "answer"
          ? <button key="stop" type="button" class="button" onClick={onStop}>Stop</button>
          : (
            <button
              key="send"
              type="submit"
              class="button button-primary"
              disabled={pending !== null || question.value.trim() === ""}
            >
              Send
            </button>
          )}
      </div>
    </form>
  );
}
