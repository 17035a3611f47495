import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ListedModel } from "../api/manage_actions.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Notice } from "../components/notice.tsx";
import { useServices } from "../services.ts";

type Step =
  | { readonly kind: "confirm" }
  | { readonly kind: "working" }
  | {
    readonly kind: "done";
    readonly message: string;
    readonly version: number | null;
  }
  | { readonly kind: "failed"; readonly error: ApiError };

/** Lets a model take new conversations, or keeps them from it; and takes that back. */
export function AvailabilityDialog(
  { action, model, onClose }: {
    action: "enable" | "disable";
    model: ListedModel;
    onClose: () => void;
  },
) {
  const { manage, registry } = useServices();
  const step = useSignal<Step>({ kind: "confirm" });
  const now = useSignal(false);
  const label = action === "enable" ? "Enable" : "Disable";

  const attempt = async (work: () => Promise<Step>) => {
    step.value = { kind: "working" };
    try {
      const next = await work();
      await registry.load();
      step.value = next;
    } catch (failure) {
      step.value = { kind: "failed", error: toApiError(failure) };
    }
  };
  const perform = () =>
    attempt(async () => {
      const { message, registry_version: version } = action === "enable"
        ? await manage("enable", { model_id: model.model_id })
        : await manage("disable", { model_id: model.model_id, now: now.value });
      return { kind: "done", message, version };
    });
  const undo = (version: number) =>
    attempt(async () => {
      const { message } = await manage("rollback", {
        expected_version: version,
      });
      return { kind: "done", message: `Undone. ${message}`, version: null };
    });

  const shown = step.value;
  return (
    <Dialog
      title={`${label} ${model.model_name}`}
      step={shown.kind}
      busy={shown.kind === "working"}
      onClose={onClose}
      actions={<Actions {...{ step: shown, label, perform, undo, onClose }} />}
    >
      {(shown.kind === "confirm" || shown.kind === "working") && (
        action === "enable" ? <EnableText /> : (
          <>
            <p>New conversations will be answered by other models.</p>
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
        </div>
      )}
      {shown.kind === "failed" && <ErrorNotice error={shown.error} />}
    </Dialog>
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
    undo: (version: number) => void;
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
      const { version } = step;
      return (
        <>
          {version !== null && (
            <button
              type="button"
              class="button"
              onClick={() => undo(version)}
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
