import type { Model } from "../api/manage_actions.ts";
import { explainReason, turnFigures } from "../chat/describe_turn.ts";
import type { ToolResult } from "../chat/question.ts";
import type { ShownTurn } from "../chat/shown_turn.ts";
import { Badge } from "../components/badge.tsx";
import { EvidenceButton } from "../components/evidence_button.tsx";
import { Markdown } from "../components/markdown.tsx";
import { nameOfModel } from "../format/model_state.ts";
import { addressOf } from "../state/route.ts";
import { FileList } from "./file_list.tsx";
import { ToolCalls, ToolResults } from "./tool_calls.tsx";
import { ToolResultForm } from "./tool_result_form.tsx";

/** A question and its answer, with who gave it and why. */
export function ChatTurn(
  { turn, models, onRetry, onResults }: {
    turn: ShownTurn;
    models: readonly Model[];
    onRetry: (() => void) | undefined;
    /** Undefined: the calls of its answer cannot be answered here. */
    onResults: ((results: readonly ToolResult[]) => void) | undefined;
  },
) {
  const { question, attached, results, answer, toolUses, state, error, notes } = turn;
  return (
    <article class="turn">
      <div class="turn-question">
        <h2 class="visually-hidden">Question</h2>
        <FileList files={attached} />
        <ToolResults results={results} />
        {question !== "" && <p class="words">{question}</p>}
      </div>
      <div class="turn-answer">
        <h2 class="visually-hidden">Answer</h2>
        <Thinking turn={turn} models={models} />
        {state === "waiting" && !turn.thinking?.goesOn && (
          <p class="loading">
            <span class="spinner" aria-hidden="true" />Waiting for the answer …
          </p>
        )}
        {turn.made?.disclosure && (
          <p class="muted">You are talking to an AI system. What it writes may be wrong.</p>
        )}
        {answer !== "" && <Markdown text={answer} growing={state === "streaming"} />}
        <ToolCalls calls={toolUses} />
        {onResults !== undefined && toolUses.length > 0 && (
          <ToolResultForm calls={toolUses} onSend={onResults} />
        )}
        <AnsweredBy turn={turn} models={models} />
        {state !== "waiting" && state !== "streaming" && (
          <p>
            <a href={addressOf("explain", { id: turn.requestId })}>Explain this answer</a>{" "}
            {turn.made !== null && <EvidenceButton id={turn.requestId} />}
          </p>
        )}
        {notes.map((note) => <p class="muted" key={note}>{note}</p>)}
        {error !== null && (
          <div class="notice notice-danger" role="alert">
            <div class="notice-body">
              <p class="notice-title">{error.message}</p>
              {error.hint !== null && <p>{error.hint}</p>}
              {error.retryAfterSeconds !== null && <p>Ask again in {error.retryAfterSeconds} s.</p>}
              <p class="notice-detail">
                <code>{error.code}</code>
              </p>
            </div>
            {onRetry !== undefined && (
              <button type="button" class="button" onClick={onRetry}>
                Ask again
              </button>
            )}
          </div>
        )}
      </div>
    </article>
  );
}

/** That a model thinks, and its words where they are known. */
function Thinking({ turn, models }: { turn: ShownTurn; models: readonly Model[] }) {
  const { thinking, model } = turn;
  if (thinking === null) return null;
  const name = nameOfModel(thinking.modelId ?? model?.model_id ?? null, models);
  return (
    <>
      {thinking.goesOn && (
        <p class="loading">
          <span class="spinner" aria-hidden="true" />
          {name} is thinking …
        </p>
      )}
      {thinking.text !== "" && (
        <details class="folded">
          <summary>Thinking of {name}</summary>
          <p class="words">{thinking.text}</p>
        </details>
      )}
    </>
  );
}

function AnsweredBy(
  { turn, models }: { turn: ShownTurn; models: readonly Model[] },
) {
  const { model, state } = turn;
  if (model === null || model.model_id === null) return null;
  const instead = model.requested_model ?? null;
  return (
    <div class="turn-facts">
      <p>
        <strong>
          {model.model_name ?? nameOfModel(model.model_id, models)}
        </strong>{" "}
        <span class="muted">because {explainReason(model.reason)}</span>{" "}
        <Badge tone={model.reason === "fallback" ? "warn" : "plain"}>
          {model.reason}
        </Badge>{" "}
        {state !== "complete" && state !== "streaming" && <Badge tone="warn">{state}</Badge>}
      </p>
      {instead !== null && (
        <p class="muted">
          {nameOfModel(instead, models)} should have answered: <code>{model.fallback_code}</code>
        </p>
      )}
      <dl class="turn-figures">
        {turnFigures(turn).map(({ term, text }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
