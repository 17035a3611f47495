import { useSignal } from "@preact/signals";
import type { ListedAssistant, Model } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { nameOfModel, obstacleOf } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { ChooseModelDialog } from "../switching/choose_model_dialog.tsx";
import { SwitchDialog } from "../switching/switch_dialog.tsx";

/** Which model each assistant answers with. */
export function AssistantsView() {
  const { registry } = useServices();
  const choosing = useSignal<ListedAssistant | null>(null);
  const chosen = useSignal<
    { assistant: ListedAssistant; model: Model | null } | null
  >(null);
  return (
    <>
      <ViewHeading title="Assistants">
        Each user talks to the assistant of their role. An assistant has a model of its own, or
        follows the default.
      </ViewHeading>
      <RemoteContent
        remote={registry.remote.value}
        what="the assistants"
        onRetry={() => registry.load()}
      >
        {(view) => (
          <>
            {view.assistants.length === 0 && <p class="empty">There is no assistant.</p>}
            <ul class="cards">
              {view.assistants.map((assistant) => (
                <AssistantCard
                  key={assistant.assistant_type}
                  assistant={assistant}
                  view={view}
                  onChange={() => choosing.value = assistant}
                />
              ))}
            </ul>
            {choosing.value !== null && (
              <ChooseModelDialog
                assistant={choosing.value}
                view={view}
                onClose={() => choosing.value = null}
                onChoose={(model) => {
                  chosen.value = { assistant: choosing.value!, model };
                  choosing.value = null;
                }}
              />
            )}
            {chosen.value !== null && (
              <SwitchDialog
                key={`${chosen.value.assistant.assistant_type} ${chosen.value.model?.model_id}`}
                intent={{ kind: "assign", ...chosen.value }}
                view={view}
                onClose={() => chosen.value = null}
              />
            )}
          </>
        )}
      </RemoteContent>
    </>
  );
}

function AssistantCard(
  { assistant, view, onChange }: {
    assistant: ListedAssistant;
    view: RegistryView;
    onChange: () => void;
  },
) {
  const standard = view.models.find((model) => model.is_default);
  const own = view.models.find(({ model_id }) => model_id === assistant.model_version);
  const model = assistant.model_version === null
    ? standard?.model_name ?? "none"
    : nameOfModel(assistant.model_version, view.models);
  const obstacle = obstacleOf(own ?? standard);
  return (
    <li class="card">
      <div class="card-head">
        <h2>{assistant.name}</h2>
        <code>{assistant.assistant_type}</code>
        {!assistant.is_active && <Badge tone="warn">not active</Badge>}
      </div>
      <p class="card-model">
        <strong>{model}</strong> {assistant.follows_default
          ? <Badge tone="accent">follows the default</Badge>
          : <Badge tone="plain">its own</Badge>}{" "}
        {obstacle !== null && (
          <Badge tone="danger" title="Others answer in its place, as far as they may.">
            {obstacle}
          </Badge>
        )}
      </p>
      <dl class="facts">
        <div>
          <dt>May stand in</dt>
          <dd>{standIns(assistant, view)}</dd>
        </div>
        <div>
          <dt>Client leaves</dt>
          <dd>{withoutClient(assistant)}</dd>
        </div>
        <div>
          <dt>Settings</dt>
          <dd>{settings(assistant)}</dd>
        </div>
      </dl>
      <details>
        <summary>System prompt</summary>
        <p class="prompt">{assistant.system_prompt}</p>
      </details>
      <button
        type="button"
        class="button"
        aria-label={`Change the model of ${assistant.name}`}
        onClick={onChange}
      >
        Change the model
      </button>
    </li>
  );
}

function standIns(
  { fallback_models: models }: ListedAssistant,
  view: RegistryView,
): string {
  if (models === null) return "any available model";
  return models.map((id) => nameOfModel(id, view.models)).join(", ") ||
    "no other model";
}

function withoutClient({ on_disconnect }: ListedAssistant): string {
  switch (on_disconnect) {
    case "finish":
      return "the answer is finished and stored";
    case "stop":
      return "the answer is stopped";
    default:
      return on_disconnect satisfies never;
  }
}

function settings({ model_config: config }: ListedAssistant): string {
  const set = Object.entries(config).filter(([, value]) => value !== undefined);
  return set.map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`)
    .join(", ") ||
    "those of the model";
}
