import type { Signal } from "@preact/signals";
import type { ListedModel } from "../api/manage_actions.ts";
import type { AskSettings } from "../chat/question.ts";
import { Choice } from "../components/choice.tsx";
import { describeEfforts, effortNames } from "../format/efforts.ts";
import { ToolsField } from "./tools_field.tsx";

/** What every question of the chat asks for, besides its answer. */
export function ChatSettings(
  { settings, model }: {
    settings: Signal<AskSettings>;
    /** That is expected to answer. */
    model: ListedModel | undefined;
  },
) {
  const change = (changes: Partial<AskSettings>) =>
    settings.value = { ...settings.value, ...changes };
  return (
    <details class="chat-settings">
      <summary>Thinking and tools</summary>
      <div class="form">
        <Choice
          label="Effort of thinking"
          value={settings.value.effort ?? ""}
          options={{ "": "as the assistant or model is set", ...effortNames }}
          onChoose={(effort) => change({ effort: effort === "" ? null : effort })}
        />
        {model !== undefined && <p class="muted">{describeEfforts(model)}</p>}
        <label class="check">
          <input
            type="checkbox"
            checked={settings.value.thinking}
            onChange={(event) => change({ thinking: event.currentTarget.checked })}
          />
          Show thinking
        </label>
        <ToolsField onEnter={(tools) => change({ tools })} />
      </div>
    </details>
  );
}
