import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type ApiError, isAbort, toApiError } from "../api/api_error.ts";
import type { Model, Trial } from "../api/manage_actions.ts";
import { ErrorNotice } from "../components/error_notice.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { Warnings } from "../switching/impact.tsx";
import { SwitchDialog } from "../switching/switch_dialog.tsx";
import type { SwitchIntent } from "../switching/use_switch.ts";
import { TrialAnswer } from "./trial_answer.tsx";
import { TrialForm, type TrialQuestion } from "./trial_form.tsx";

type Outcome =
  | { readonly kind: "asking"; readonly question: TrialQuestion }
  | { readonly kind: "failed"; readonly error: ApiError }
  | {
    readonly kind: "answered";
    readonly question: TrialQuestion;
    readonly trials: readonly Trial[];
    readonly warnings: readonly string[];
  };

/** One question to several models as an assistant, before anything is switched. */
export function TrialsView() {
  const { registry } = useServices();
  return (
    <>
      <ViewHeading title="Trials">
        One question, as an assistant asks it, to up to four models at once. It costs what the
        models charge; neither the question nor an answer is stored, only the figures.
      </ViewHeading>
      <RemoteContent
        remote={registry.remote.value}
        what="the models"
        onRetry={() => registry.load()}
      >
        {(view) => <Trials view={view} />}
      </RemoteContent>
    </>
  );
}

function Trials({ view }: { view: RegistryView }) {
  const outcome = useSignal<Outcome | null>(null);
  const intent = useSignal<SwitchIntent | null>(null);
  const { ask, stop } = useTrial((next) => outcome.value = next);
  const shown = outcome.value;
  return (
    <>
      <TrialForm view={view} busy={shown?.kind === "asking"} onAsk={ask} onStop={stop} />
      <div role="status" aria-live="polite" aria-busy={shown?.kind === "asking"}>
        {shown?.kind === "asking" && (
          <p class="loading">
            <span class="spinner" aria-hidden="true" />
            Asking {shown.question.modelIds.length} models …
          </p>
        )}
        {shown?.kind === "answered" && <p class="visually-hidden">The answers are there.</p>}
      </div>
      {shown?.kind === "failed" && <ErrorNotice error={shown.error} />}
      {shown?.kind === "answered" && (
        <>
          <Warnings warnings={shown.warnings} />
          <ul class="trials">
            {shown.trials.map((trial) => (
              <TrialAnswer
                key={trial.model_id}
                trial={trial}
                model={modelOf(trial, view)}
                assistant={view.assistants.find(({ assistant_type }) =>
                  assistant_type === shown.question.assistantType
                )}
                onSwitch={(chosen) => intent.value = chosen}
              />
            ))}
          </ul>
        </>
      )}
      {intent.value !== null && (
        <SwitchDialog
          key={`${intent.value.kind} ${intent.value.model?.model_id}`}
          intent={intent.value}
          view={view}
          onClose={() => intent.value = null}
        />
      )}
    </>
  );
}

/** Asks, and stops asking when the view is left. */
function useTrial(show: (outcome: Outcome | null) => void) {
  const { manage } = useServices();
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const ask = async (question: TrialQuestion) => {
    const controller = running.current = new AbortController();
    show({ kind: "asking", question });
    try {
      const { trials, warnings } = await manage("try", {
        assistant_type: question.assistantType,
        model_ids: [...question.modelIds],
        content: question.content,
      }, controller.signal);
      show({ kind: "answered", question, trials, warnings });
    } catch (error) {
      if (!isAbort(error)) show({ kind: "failed", error: toApiError(error) });
    }
  };
  return {
    ask: (question: TrialQuestion): void => void ask(question),
    stop: () => {
      running.current?.abort();
      show(null);
    },
  };
}

function modelOf({ model_id: id }: Trial, { models }: RegistryView): Model | undefined {
  return models.find(({ model_id }) => model_id === id);
}
