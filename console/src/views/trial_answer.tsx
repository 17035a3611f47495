import type { ListedAssistant, Model, Trial } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { Facts } from "../components/facts.tsx";
import { Markdown } from "../components/markdown.tsx";
import { Notice } from "../components/notice.tsx";
import { formatUsd } from "../format/money.ts";
import { formatCount, formatMs } from "../format/numbers.ts";
import { addressOf } from "../state/route.ts";
import type { SwitchIntent } from "../switching/use_switch.ts";

/** One model's answer, with its figures, and the way from there to the switch. */
export function TrialAnswer(
  { trial, model, assistant, onSwitch }: {
    trial: Trial;
    /** Its row; undefined where it is not registered any more. */
    model: Model | undefined;
    assistant: ListedAssistant | undefined;
    onSwitch: (intent: SwitchIntent) => void;
  },
) {
  const { model_name: name, status, text, error } = trial;
  return (
    <li class="card" aria-label={`Answer of ${name}`}>
      <div class="card-head">
        <h2>{name}</h2>
        {status !== "complete" && (
          <Badge tone={status === "failed" ? "danger" : "warn"}>{status}</Badge>
        )}
      </div>
      {error !== null && (
        <Notice tone="danger" title={error.message}>
          <p class="notice-detail">
            <code>{error.code}</code>
          </p>
        </Notice>
      )}
      {text !== "" && <Markdown text={text} />}
      <Facts facts={figures(trial)} />
      {model !== undefined && status !== "failed" && (
        <TrialActions model={model} assistant={assistant} onSwitch={onSwitch} />
      )}
    </li>
  );
}

function TrialActions(
  { model, assistant, onSwitch }: {
    model: Model;
    assistant: ListedAssistant | undefined;
    onSwitch: (intent: SwitchIntent) => void;
  },
) {
  if (!model.is_available) {
    return (
      <p class="muted">
        It is not available: <a href={addressOf("models")}>enable it</a> to switch to it.
      </p>
    );
  }
  return (
    <div class="panel-tools">
      {assistant !== undefined && assistant.model_version !== model.model_id && (
        <button
          type="button"
          class="button"
          onClick={() => onSwitch({ kind: "assign", assistant, model })}
        >
          Assign {model.model_name} to {assistant.name}
        </button>
      )}
      {!model.is_default && (
        <button
          type="button"
          class="button"
          onClick={() => onSwitch({ kind: "default", model })}
        >
          Make {model.model_name} the default
        </button>
      )}
    </div>
  );
}

function figures(trial: Trial): { term: string; text: string }[] {
  const cached = (trial.cache_read_tokens ?? 0) + (trial.cache_write_tokens ?? 0);
  return [
    { term: "First text", text: formatMs(trial.time_to_first_token_ms) },
    { term: "Whole answer", text: formatMs(trial.response_time_ms) },
    {
      term: "Tokens",
      text: `${formatCount(trial.input_tokens)} in, ${formatCount(trial.output_tokens)} out${
        trial.thinking_tokens ? ` (${formatCount(trial.thinking_tokens)} thinking)` : ""
      }${cached === 0 ? "" : `, ${formatCount(cached)} cached`}${
        trial.usage_estimated ? " (estimated)" : ""
      }`,
    },
    { term: "Cost", text: formatUsd(trial.cost_usd) },
    ...(trial.stop_reason === null ? [] : [{ term: "Ended by", text: trial.stop_reason }]),
  ];
}
