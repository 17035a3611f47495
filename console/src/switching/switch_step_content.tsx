import type { ListedAssistant, Model } from "../api/manage_actions.ts";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { Notice } from "../components/notice.tsx";
import type { RegistryView } from "../state/registry.ts";
import { addressOf } from "../state/route.ts";
import { AffectedFacts, Impact, Warnings } from "./impact.tsx";
import { PriceFields } from "./price_fields.tsx";
import type { usePriceForm } from "./price_form.ts";
import { effectsOfAssignment, effectsOfDefault } from "./switch_effects.ts";
import {
  type Basis,
  describeProbe,
  type Proof,
  reasonsAgainst,
  type SwitchStep,
} from "./switch_flow.ts";
import { changeOf, type SwitchIntent } from "./use_switch.ts";

/** What a step of a switch has to say. */
export function SwitchStepContent(
  { step, intent, form, onShown }: {
    step: SwitchStep;
    intent: SwitchIntent;
    form: ReturnType<typeof usePriceForm>;
    /** Told the registry's version whose effect is shown. */
    onShown: (version: number) => void;
  },
) {
  switch (step.kind) {
    case "probing":
      return (
        <>
          <p class="loading" role="status">
            <span class="spinner" aria-hidden="true" />
            Calling {intent.model?.model_name} …
          </p>
          <p class="muted">
            For a whole answer, for a stream, and with each thing that its row says it accepts: at
            most a few thousand tokens. Nothing changes.
          </p>
        </>
      );
    case "unfit":
      return <Unfit proof={step.proof} />;
    case "confirm":
      return <Confirm basis={step.basis} intent={intent} onShown={onShown} />;
    case "pricing":
      return (
        <>
          <p>
            A model is switched to once its price is known. It is called again after that.
          </p>
          <PriceFields form={form} />
          {step.error !== null && <ErrorNotice error={step.error} />}
        </>
      );
    case "setting-price":
      return <Loading what="the prices" />;
    case "switching":
      return <Loading what="the result: the model is called once more, then switched to" />;
    case "undoing":
      return <Loading what="the state before" />;
    case "done":
      return (
        <div role="status" class="form">
          <Notice tone="ok" title={step.outcome.message}>
            <p>
              {step.outcome.probe !== null &&
                `${describeProbe(step.outcome.probe)} `}
              Registry version {step.outcome.version}.
            </p>
            {step.outcome.rolloutId !== null && (
              <p>
                It is watched: <a href={addressOf("rollouts")}>rollout {step.outcome.rolloutId}</a>.
              </p>
            )}
          </Notice>
          {step.outcome.affected && <AffectedFacts affected={step.outcome.affected} />}
          <Warnings warnings={step.outcome.warnings} />
        </div>
      );
    case "undone":
      return (
        <div role="status">
          <Notice tone="ok" title="Undone.">
            <p>{step.message}</p>
          </Notice>
        </div>
      );
    case "failed":
      return <ErrorNotice error={step.error} />;
    default:
      return step satisfies never;
  }
}

function Unfit({ proof }: { proof: Proof }) {
  return (
    <div role="alert">
      <Notice
        tone="danger"
        title="It cannot be switched to. Nothing was changed."
      >
        <ul class="reasons">
          {reasonsAgainst(proof).map(({ text, hint }) => (
            <li key={text}>
              {text}
              {hint !== null && <span class="cell-note">{hint}</span>}
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}

function Confirm(
  { basis: { proof, view, again }, intent, onShown }: {
    basis: Basis;
    intent: SwitchIntent;
    onShown: (version: number) => void;
  },
) {
  const now = Date.now();
  const effects = intent.kind === "default"
    ? effectsOfDefault(presentModel(intent.model, view), view, now)
    : effectsOfAssignment(
      presentAssistant(intent.assistant, view),
      intent.model && presentModel(intent.model, view),
      view,
      now,
    );
  return (
    <>
      {again && (
        <div role="alert">
          <Notice tone="warn" title="The registry was changed meanwhile. Nothing was switched.">
            <p>This is what the switch would do now.</p>
          </Notice>
        </div>
      )}
      {proof !== null && (
        <div role="status">
          <Notice tone="ok" title="Probe passed.">
            <p>{describeProbe(proof.probe)}</p>
          </Notice>
        </div>
      )}
      <Facts facts={effects.facts} />
      <Warnings warnings={effects.warnings} />
      <Impact
        change={changeOf(intent)}
        version={view.version}
        onShown={() => onShown(view.version)}
      />
    </>
  );
}

/** As it is in the registry that is decided on, which may be newer than the choice. */
function presentModel(model: Model, { models }: RegistryView): Model {
  return models.find(({ model_id }) => model_id === model.model_id) ?? model;
}

function presentAssistant(
  assistant: ListedAssistant,
  { assistants }: RegistryView,
): ListedAssistant {
  return assistants.find((each) => each.assistant_type === assistant.assistant_type) ?? assistant;
}
