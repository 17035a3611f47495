import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ListedModel, Retirement } from "../api/manage_actions.ts";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { Notice } from "../components/notice.tsx";
import { ErrorNotice } from "../components/error_notice.tsx";
import { describeSuccessor, describeUses } from "../format/describe_uses.ts";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import type { RegistryView } from "../state/registry.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { AffectedFacts, Warnings } from "./impact.tsx";

/** Retires a model: first a dry run with everything that uses it, then the successor in its place. */
export function RetireDialog(
  { model: { model_id, model_name }, view, onClose }: {
    model: ListedModel;
    view: RegistryView;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const named = useSignal("");
  const foreseen = useSignal<Retirement | null>(null);
  const successor = foreseen.value?.successor_model_id ?? null;
  const others = view.models.filter((model) => model.is_available && model.model_id !== model_id);
  const key = `${model_id} ${named.value} ${view.version}`;
  return (
    <ChangeDialog
      title={`Retire ${model_name}`}
      label="Retire"
      danger
      change={null}
      proposes={{
        action: "retire",
        model_id,
        ...(successor !== null && { successor_model_id: successor }),
      }}
      valid={foreseen.value?.refusal === null}
      dirty={named.value !== ""}
      perform={(args) =>
        manage("retire", {
          model_id,
          // What was shown, also where it was only proposed.
          ...(successor !== null && { successor_model_id: successor }),
          ...(foreseen.value !== null && { expected_version: foreseen.value.registry_version }),
          ...args,
        })}
      onClose={onClose}
    >
      <label>
        Successor
        <select
          value={named.value}
          onChange={(event) => {
            foreseen.value = null;
            named.value = event.currentTarget.value;
          }}
        >
          <option value="">The one on record, or the one that is proposed</option>
          {others.map((model) => (
            <option key={model.model_id} value={model.model_id}>{model.model_name}</option>
          ))}
        </select>
      </label>
      <DryRun
        key={key}
        id={key}
        modelId={model_id}
        successorId={named.value === "" ? null : named.value}
        onShown={(answer) => foreseen.value = answer}
      />
    </ChangeDialog>
  );
}

function DryRun(
  { id, modelId, successorId, onShown }: {
    id: string;
    modelId: string;
    successorId: string | null;
    onShown: (answer: Retirement | null) => void;
  },
) {
  const { manage, registry } = useServices();
  const { remote } = useRemote(
    `retire ${id}`,
    (signal) =>
      manage("retire", {
        model_id: modelId,
        ...(successorId !== null && { successor_model_id: successorId }),
        dry_run: true,
      }, signal),
  );
  useEffect(() => {
    onShown(remote.state === "ready" ? remote.data : null);
  }, [remote]);
  switch (remote.state) {
    case "loading":
      return <Loading what="what uses it" />;
    case "failed":
      return <ErrorNotice error={remote.error} />;
    case "ready": {
      const { uses, proposed, successor_model_id, refusal, affected, warnings } = remote.data;
      const nameOf = (modelId: string | null) => nameOfModel(modelId, registry.view?.models ?? []);
      const taken = proposed !== null && proposed.model_id === successor_model_id
        ? describeSuccessor(proposed, nameOf)
        : successor_model_id === null
        ? "none"
        : nameOf(successor_model_id);
      return (
        <>
          <Facts
            facts={[{ term: "In its place", text: taken }, ...describeUses(uses, nameOf)]}
          />
          {affected !== null && <AffectedFacts affected={affected} />}
          {refusal !== null && (
            <Notice tone="warn" title="It cannot be retired now.">
              <p>{refusal}</p>
            </Notice>
          )}
          <Warnings warnings={warnings} />
        </>
      );
    }
    default:
      return remote satisfies never;
  }
}
