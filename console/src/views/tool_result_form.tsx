import { useSignal } from "@preact/signals";
import type { ToolResult } from "../chat/question.ts";
import type { ShownToolUse } from "../chat/shown_turn.ts";

/** Gives the results of an answer's calls, all at once, as the model needs them. */
export function ToolResultForm(
  { calls, onSend }: {
    calls: readonly ShownToolUse[];
    onSend: (results: readonly ToolResult[]) => void;
  },
) {
  const results = useSignal<readonly ToolResult[]>(
    calls.map(({ id }) => ({ toolUseId: id, text: "", isError: false })),
  );
  const isOne = calls.length === 1;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(results.value);
      }}
    >
      {results.value.map((result, index) => (
        <ToolResultFields
          key={result.toolUseId}
          legend={`${isOne ? "" : `${index + 1}. `}Result of ${calls[index]?.name}`}
          result={result}
          onChange={(changed) => results.value = results.value.with(index, changed)}
        />
      ))}
      <div class="panel-tools">
        <button type="submit" class="button">
          {isOne ? "Send the result" : "Send the results"}
        </button>
      </div>
    </form>
  );
}

function ToolResultFields(
  { legend, result, onChange }: {
    legend: string;
    result: ToolResult;
    onChange: (result: ToolResult) => void;
  },
) {
  return (
    <fieldset class="fields">
      <legend>{legend}</legend>
      <label class="field-note">
        Result
        <textarea
          rows={2}
          value={result.text}
          onInput={(event) => onChange({ ...result, text: event.currentTarget.value })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={result.isError}
          onChange={(event) => onChange({ ...result, isError: event.currentTarget.checked })}
        />
        It failed
      </label>
    </fieldset>
  );
}
