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
