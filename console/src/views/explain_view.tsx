import { useSignal } from "@preact/signals";
import type { Explanation } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { EvidenceButton } from "../components/evidence_button.tsx";
import { Facts } from "../components/facts.tsx";
import { Notice } from "../components/notice.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { nameOfModel } from "../format/model_state.ts";
import { formatMoment } from "../format/time.ts";
import { type Services, useServices } from "../services.ts";
import { addressOf, routeParameters } from "../state/route.ts";
import { askOfAnswer } from "../state/ask_of_answer.ts";
import { useRemote } from "../state/remote.ts";

/** Why a model answered: for the id of a message or a request. */
export function ExplainView() {
  const { id = "" } = routeParameters.value;
  return (
    <>
      <ViewHeading title="Explain">
        Which model answered, and which rules were passed over, by the registry of that time. The id
        is that of an answer, a question or a request, as the app, the logs and the ledger have it.
      </ViewHeading>
      <IdForm key={id} id={id} />
      {id !== "" && <Explained id={id} />}
    </>
  );
}

function IdForm({ id }: { id: string }) {
  const text = useSignal(id);
  const wanted = text.value.trim();
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(wanted);
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        if (isId) location.hash = addressOf("explain", { id: wanted });
      }}
    >
      <label class="wide">
        Id of a message or a request
        <input
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={text.value}
          onInput={(event) => text.value = event.currentTarget.value}
        />
      </label>
      <button type="submit" class="button button-primary" disabled={!isId}>Explain</button>
    </form>
  );
}

function Explained({ id }: { id: string }) {
  const services = useServices();
  const { remote, reload } = useRemote(id, (signal) => explain(services, id, signal));
  return (
    <RemoteContent remote={remote} what="the explanation" onRetry={reload}>
      {(explanation) => (
        <>
          <ExplanationPanel explanation={explanation} />
          <EvidenceButton id={id} />
        </>
      )}
    </RemoteContent>
  );
}

async function explain(
  { manage }: Services,
  id: string,
  signal: AbortSignal,
): Promise<Explanation> {
  return (await askOfAnswer(id, (named) => manage("explain", named, signal))).explanation;
}

const outcomes = {
  "answered": { tone: "ok", text: "answered" },
  "passed-over": { tone: "warn", text: "passed over" },
  "names-none": { tone: "plain", text: "names no model" },
} as const;

function ExplanationPanel({ explanation }: { explanation: Explanation }) {
  const models = useServices().registry.view?.models ?? [];
  const { rules, registry_known: known, registry_version: version } = explanation;
  return (
    <section class="panel" aria-labelledby="explanation">
      <h2 id="explanation">{explanation.summary}</h2>
      {!known && (
        <Notice tone="warn" title="The registry of that time is not known.">
          <p>The audit log does not go back to it, so the rules cannot be shown.</p>
        </Notice>
      )}
      <ol class="rules">
        {rules.map(({ rule, model_id, outcome, code, message }) => (
          <li key={`${rule} ${model_id}`}>
            <strong>{rule}</strong>
            {model_id !== null && `: ${nameOfModel(model_id, models)}`}{" "}
            <Badge tone={outcomes[outcome].tone}>{outcomes[outcome].text}</Badge>
            <span class="muted cell-note">
              {message}
              {code !== null && <code>{code}</code>}
            </span>
          </li>
        ))}
      </ol>
      <Facts
        facts={[
          { term: "Assistant", text: explanation.assistant_type ?? "none" },
          { term: "Asked", text: formatMoment(explanation.at) },
          {
            term: "Status",
            text: explanation.status +
              (explanation.error_code === null ? "" : ` (${explanation.error_code})`),
          },
          ...(version === null ? [] : [{ term: "Registry", text: `version ${version}` }]),
          { term: "Conversation", text: explanation.conversation_id ?? "none: a call" },
          { term: "Request", text: explanation.request_id ?? "not known" },
        ]}
      />
    </section>
  );
}
