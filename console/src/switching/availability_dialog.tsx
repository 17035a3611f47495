import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ListedModel, ModelSwitch } from "../api/manage_actions.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Notice } from "../components/notice.tsx";
import { useServices } from "../services.ts";
import { undoError } from "./late_undo.ts";
import { ownChange } from "./own_change.ts";

type Step =
  | { readonly kind: "confirm" }
  | { readonly kind: "working" }
  | {
    readonly kind: "done";
    readonly message: string;
    readonly warnings: readonly string[];
    /** What can be taken back. */
    readonly entry: ModelSwitch | undefined;
  }
  | { readonly kind: "failed"; readonly error: ApiError };

/** Lets a model take new conversations, or keeps them from it; and takes that back. */
export function AvailabilityDialog(
  { action, model, userId, onClose }: {
    action: "enable" | "disable";
    model: ListedModel;
    userId: string;
    onClose: () => void;
  },
) {
  const { manage, registry } = useServices();
  const step = useSignal<Step>({ kind: "confirm" });
  const now = useSignal(false);
  const label = action === "enable" ? "Enable" : "Disable";

  const attempt = async (work: () => Promise<Step>, toError = toApiError) => {
    step.value = { kind: "working" };
    try {
      const next = await work();
      await registry.load();
      step.value = next;
    } catch (failure) {
      step.value = { kind: "failed", error: toError(failure) };
      registry.load();
    }
  };
  const perform = () =>
    attempt(async () => {
      const { model_id: modelId } = model;
      const since = registry.view?.version ?? 0;
      const { message, warnings } = action === "enable"
        ? await manage("enable", { model_id: modelId })
        : await manage("disable", { model_id: modelId, now: now.value });
      // Where the model was so already, the newest entry is another operator's.
      const { switches: [newest] } = await manage("history", { limit: 1 });
      const entry = ownChange(newest, { modelId, userId, since });
      return { kind: "done", message, warnings, entry };
    });
  const undo = ({ id, registry_version: version }: ModelSwitch) =>
    attempt(async () => {
      const { message } = await manage("rollback", { to: id, expected_version: version });
      return { kind: "done", message: `Undone. ${message}`, warnings: [], entry: undefined };
    }, undoError);

  const shown = step.value;
  return (
    <Dialog
      title={`${label} ${model.model_name}`}
      step={shown.kind}
      busy={shown.kind === "working"}
      onClose={onClose}
      actions={
        <Actions step={shown} label={label} perform={perform} undo={undo} onClose={onClose} />
      }
    >
      {(shown.kind === "confirm" || shown.kind === "working") && (
        action === "enable" ? <EnableText /> : (
          <>
            <p>New conversations will be answered by other models.</p>
            <OwnModelNotice model={model} />
            <label class="check">
              <input
                type="checkbox"
                checked={now.value}
                disabled={shown.kind === "working"}
                onChange={(event) => now.value = event.currentTarget.checked}
              />
              Also take it from the conversations that it answers now
            </label>
          </>
        )
      )}
      {shown.kind === "done" && (
        <div role="status">
          <Notice tone="ok" title={shown.message} />
          {shown.warnings.map((warning) => <Notice key={warning} tone="warn" title={warning} />)}
        </div>
      )}
      {shown.kind === "failed" && <ErrorNotice error={shown.error} />}
    </Dialog>
  );
}

/** The assistants that lose their model, before it is disabled. */
function OwnModelNotice({ model }: { model: ListedModel }) {
  const { assistants = [] } = useServices().registry.view ?? {};
  const own = assistants.filter(({ model_version: id }) => id === model.model_id);
  if (own.length === 0) return null;
  const names = own.map(({ name }) => name).join(", ");
  return (
    <Notice tone="warn" title={`It is the own model of ${names}.`}>
      Fallbacks answer there, as far as they are allowed; otherwise turns are refused. Assign
      another model first to avoid both.
    </Notice>
  );
}

function EnableText() {
  return (
    <p>
      New conversations may be answered by it: where an app asks for it, where a use case or the
      priority leads to it, or in place of a model that fails. The default stays.
    </p>
  );
}

function Actions(
  { step, label, perform, undo, onClose }: {
    step: Step;
    label: string;
    perform: () => void;
    undo: (entry: ModelSwitch) => void;
    onClose: () => void;
  },
) {
  switch (step.kind) {
    case "confirm":
    case "working": {
      const busy = step.kind === "working";
      return (
        <>
          <button
            type="button"
            class="button"
            disabled={busy}
            onClick={onClose}
          >
            Cancel
          </button>
          <button
            type="button"
            class="button button-primary"
            disabled={busy}
            onClick={perform}
          >
            {label}
          </button>
        </>
      );
    }
    case "done": {
      const { entry } = step;
      return (
        <>
          {entry !== undefined && (
            <button
              type="button"
              class="button"
              onClick={() => undo(entry)}
            >
              Undo
            </button>
          )}
          <button type="button" class="button button-primary" onClick={onClose}>
            Done
          </button>
        </>
      );
    }
    case "failed":
      return <button type="button" class="button" onClick={onClose}>Close</button>;
    default:
      return step satisfies never;
  }
}
