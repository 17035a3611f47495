import { useSignal } from "@preact/signals";
import type { ListedModel } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** Lets a model take new conversations, or keeps them from it; and takes that back. */
export function AvailabilityDialog(
  { action, model: { model_id, model_name }, onClose }: {
    action: "enable" | "disable";
    model: ListedModel;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const now = useSignal(false);
  if (action === "enable") {
    return (
      <ChangeDialog
        title={`Enable ${model_name}`}
        label="Enable"
        change={{ action, model_id }}
        proposes={{ action, model_id }}
        perform={(args) => manage("enable", { model_id, ...args })}
        onClose={onClose}
      >
        <p>
          New conversations may be answered by it: where an app asks for it, where a use case or the
          priority leads to it, or in place of a model that fails. The default stays.
        </p>
      </ChangeDialog>
    );
  }
  return (
    <ChangeDialog
      title={`Disable ${model_name}`}
      label="Disable"
      change={{ action, model_id, now: now.value }}
      perform={(args) => manage("disable", { model_id, now: now.value, ...args })}
      onClose={onClose}
    >
      <p>New conversations will be answered by other models.</p>
      <label class="check">
        <input
          type="checkbox"
          checked={now.value}
          onChange={(event) => now.value = event.currentTarget.checked}
        />
        Also take it from the conversations that it answers now
      </label>
    </ChangeDialog>
  );
}
