import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { type AskSettings, readTools } from "../chat/question.ts";

/** Tools that a model may call, as JSON; read when the field is left, as half of it is no JSON. */
export function ToolsField({ onEnter }: { onEnter: (tools: AskSettings["tools"]) => void }) {
  const problem = useSignal<string | null>(null);
  const noteId = useId();
  const problemId = useId();
  const enter = (text: string) => {
    try {
      onEnter(readTools(text));
      problem.value = null;
    } catch (error) {
      // None are sent until all of them can be read.
      onEnter([]);
      problem.value = (error as Error).message;
    }
  };
  return (
    <>
      <label>
        Tools, as JSON
        <textarea
          rows={4}
          class="code-field"
          spellcheck={false}
          aria-describedby={noteId}
          aria-invalid={problem.value !== null}
          {...(problem.value !== null && { "aria-errormessage": problemId })}
          onBlur={(event) => enter(event.currentTarget.value)}
        />
      </label>
      <p id={noteId} class="muted">
        A list of objects with <code>name</code>, <code>description</code> and{" "}
        <code>input_schema</code>, as an app sends them. You give the results by hand.
      </p>
      {problem.value !== null && (
        <p id={problemId} role="alert">{problem.value} No tools are sent.</p>
      )}
    </>
  );
}
