import { useSignal } from "@preact/signals";
import type { ListedAssistant, Model } from "../api/manage_actions.ts";
import { ActionMenu } from "../components/action_menu.tsx";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { describeAssistantSettings, describeFallbacks } from "../format/describe_assistant.ts";
import { nameOfModel, obstacleOf } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { addressOf } from "../state/route.ts";
import { AssistantDialog } from "../switching/assistant_dialog.tsx";
import { ChooseModelDialog } from "../switching/choose_model_dialog.tsx";
import { SwitchDialog } from "../switching/switch_dialog.tsx";

type Chosen =
  | { readonly kind: "choose"; readonly assistant: ListedAssistant }
  | { readonly kind: "assign"; readonly assistant: ListedAssistant; readonly model: Model | null }
  | { readonly kind: "edit"; readonly assistant: ListedAssistant | null };

/** The assistants: which model each answers with, and what it is told. */
export function AssistantsView() {
  const { registry } = useServices();
  const open = useSignal<Chosen | null>(null);
  const create = () => open.value = { kind: "edit", assistant: null };
  return (
    <>
      <ViewHeading
        title="Assistants"
        tools={<button type="button" class="button" onClick={create}>New assistant</button>}
      >
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
            <DataTable
              label="Assistants"
              what="assistants"
              class="stacked"
              rows={troubledFirst(view)}
              keyOf={({ assistant_type }) => assistant_type}
              columns={columns(view, (chosen) => open.value = chosen)}
              textOf={({ name, assistant_type }) => `${name} ${assistant_type}`}
              empty="There is no assistant. Add one: users talk to the assistant of their role."
            />
            {open.value !== null && (
              <AssistantDialogs
                chosen={open.value}
                view={view}
                onNext={(chosen) => open.value = chosen}
              />
            )}
          </>
        )}
      </RemoteContent>
    </>
  );
}

function AssistantDialogs(
  { chosen, view, onNext }: {
    chosen: Chosen;
    view: RegistryView;
    onNext: (chosen: Chosen | null) => void;
  },
) {
  const onClose = () => onNext(null);
  switch (chosen.kind) {
    case "choose":
      return (
        <ChooseModelDialog
          assistant={chosen.assistant}
          view={view}
          onClose={onClose}
          onChoose={(model) => onNext({ kind: "assign", assistant: chosen.assistant, model })}
        />
      );
    case "assign":
      return <SwitchDialog intent={chosen} view={view} onClose={onClose} />;
    case "edit":
      return <AssistantDialog assistant={chosen.assistant} view={view} onClose={onClose} />;
    default:
      return chosen satisfies never;
  }
}

function columns(
  view: RegistryView,
  onChoose: (chosen: Chosen) => void,
): readonly Column<ListedAssistant>[] {
  return [
    {
      name: "Assistant",
      kind: "row",
      show: ({ name, assistant_type, is_active, is_protected }) => (
        <>
          <span class="cell-title">{name}</span>
          <code class="cell-note">{assistant_type}</code>
          {!is_active && <Badge tone="warn">not active</Badge>}
          {is_protected && (
            <Badge tone="plain" title="Its changes need a second person.">protected</Badge>
          )}
        </>
      ),
      sortBy: ({ name }) => name,
    },
    {
      name: "Model",
      show: (assistant) => <ModelCell assistant={assistant} view={view} />,
      sortBy: (assistant) => modelOf(assistant, view),
    },
    {
      name: "May fall back to",
      show: ({ fallback_models: models }) =>
        describeFallbacks(models, (id) => nameOfModel(id, view.models)),
    },
    {
      name: "Client leaves",
      show: ({ on_disconnect }) =>
        on_disconnect === "finish" ? "the answer is finished and stored" : "the answer is stopped",
    },
    { name: "Settings", show: describeAssistantSettings },
    {
      name: "Actions",
      kind: "actions",
      show: (assistant) => (
        <div class="row-actions">
          <button
            type="button"
            class="button"
            aria-label={`Change the model of ${assistant.name}`}
            onClick={() => onChoose({ kind: "choose", assistant })}
          >
            Change the model
          </button>
          <ActionMenu
            subject={assistant.name}
            items={[
              { label: "Edit", onSelect: () => onChoose({ kind: "edit", assistant }) },
              { label: "Try", href: addressOf("trials", { assistant: assistant.assistant_type }) },
              {
                label: "History",
                name: "History of",
                href: addressOf("audit", { assistant_type: assistant.assistant_type }),
              },
            ]}
          />
        </div>
      ),
    },
  ];
}

function ModelCell({ assistant, view }: { assistant: ListedAssistant; view: RegistryView }) {
  const obstacle = obstacleIn(assistant, view);
  return (
    <>
      <strong class="cell-title">{modelOf(assistant, view)}</strong>
      {assistant.follows_default
        ? <Badge tone="accent">follows the default</Badge>
        : <Badge tone="plain">its own</Badge>}{" "}
      {obstacle !== null && (
        <Badge tone="danger" title="Others answer in its place, as far as they may.">
          {obstacle}
        </Badge>
      )}
      {assistant.canary_model_id !== null && (
        <a class="cell-note" href={addressOf("rollouts")}>
          {nameOfModel(assistant.canary_model_id, view.models)} gets {assistant.canary_share} %
        </a>
      )}
    </>
  );
}

function modelOf({ model_version: id }: ListedAssistant, { models }: RegistryView): string {
  return id === null
    ? models.find((model) => model.is_default)?.model_name ?? "none"
    : nameOfModel(id, models);
}

function obstacleIn(assistant: ListedAssistant, { models }: RegistryView) {
  const { model_version: id, allow_provider_retention: allows } = assistant;
  const model = models.find((each) => id === null ? each.is_default : each.model_id === id);
  const isKept = model !== undefined && model.provider_retention !== "none" && !allows;
  return obstacleOf(model) ?? (isKept ? "provider keeps traffic" : null);
}

function troubledFirst(view: RegistryView): readonly ListedAssistant[] {
  const place = (assistant: ListedAssistant) => obstacleIn(assistant, view) === null ? 1 : 0;
  return [...view.assistants].sort((one, other) => place(one) - place(other));
}
