import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Effort } from "../chat/chat_types.ts";
import { type AskSettings, readTools } from "../chat/question.ts";

const efforts: Readonly<Record<Effort, string>> = {
  none: "none",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "very high",
  max: "as much as it can",
};

/** What every question of the chat asks for, besides its answer. */
export function ChatSettings({ settings }: { settings: Signal<AskSettings> }) {
  const toolsText = useSignal("");
  const problem = useSignal<string | null>(null);
  const noteId = useId();
  const change = (changes: Partial<AskSettings>) =>
    settings.value = { ...settings.value, ...changes };
  const enterTools = (text: string) => {
    toolsText.value = text;
    try {
      change({ tools: readTools(text) });
      problem.value = null;
    } catch (error) {
      // None are sent until all of them can be read.
      change({ tools: [] });
      problem.value = (error as Error).message;
    }
  };
  return (
    <details class="chat-settings">
      <summary>Thinking and tools</summary>
      <div class="form">
        <label class="inline-field">
          How much to think
          <select
            value={settings.value.effort ?? ""}
            onChange={({ currentTarget: { value } }) =>
              change({ effort: value === "" ? null : value as Effort })}
          >
            <option value="">as the assistant or model is set</option>
            {Object.entries(efforts).map(([effort, name]) => (
              <option key={effort} value={effort}>{name}</option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={settings.value.thinking}
            onChange={(event) => change({ thinking: event.currentTarget.checked })}
          />
          Show thinking
        </label>
        <label>
          Tools, as JSON
          <textarea
            rows={4}
            class="code-field"
            spellcheck={false}
            value={toolsText.value}
            aria-describedby={noteId}
            aria-invalid={problem.value !== null}
            onInput={(event) => enterTools(event.currentTarget.value)}
          />
        </label>
        <p id={noteId} class="muted">
          A list of objects with <code>name</code>, <code>description</code> and{" "}
          <code>input_schema</code>, as an app sends them. You give the results by hand.
        </p>
        {problem.value !== null && <p role="alert">{problem.value} No tools are sent.</p>}
      </div>
    </details>
  );
}
