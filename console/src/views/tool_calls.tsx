import { useSignal } from "@preact/signals";
import type { ToolResult } from "../chat/question.ts";
import type { ShownToolUse } from "../chat/shown_turn.ts";

/** The tools that a model asks to have run, folded. */
export function ToolCalls({ calls }: { calls: readonly ShownToolUse[] }) {
  return (
    <>
      {calls.map(({ id, name, input }) => (
        <details class="folded" key={id}>
          <summary>
            Calls the tool <code>{name}</code>
          </summary>
          <pre tabIndex={0}>{JSON.stringify(input, null, 2)}</pre>
        </details>
      ))}
    </>
  );
}

/** What tools gave, folded. */
export function ToolResults({ results }: { results: readonly ToolResult[] }) {
  return (
    <>
      {results.map(({ toolUseId, text, isError }) => (
        <details class="folded" key={toolUseId}>
          <summary>{isError ? "A tool failed" : "A tool's result"}</summary>
          <pre tabIndex={0}>{text}</pre>
        </details>
      ))}
    </>
  );
}

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
  const change = (id: string, changes: Partial<ToolResult>) =>
    results.value = results.value.map((result) =>
      result.toolUseId === id ? { ...result, ...changes } : result
    );
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(results.value);
      }}
    >
      {calls.map(({ id, name }, index) => (
        <fieldset class="fields" key={id}>
          <legend>
            {calls.length === 1 ? `Result of ${name}` : `${index + 1}. Result of ${name}`}
          </legend>
          <label class="field-note">
            Result
            <textarea
              rows={2}
              value={results.value[index]?.text ?? ""}
              onInput={(event) => change(id, { text: event.currentTarget.value })}
            />
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={results.value[index]?.isError ?? false}
              onChange={(event) => change(id, { isError: event.currentTarget.checked })}
            />
            It failed
          </label>
        </fieldset>
      ))}
      <div class="panel-tools">
        <button type="submit" class="button">
          {calls.length === 1 ? "Send the result" : "Send the results"}
        </button>
      </div>
    </form>
  );
}
