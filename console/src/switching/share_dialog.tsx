import { useSignal } from "@preact/signals";
import type { Rollout } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { problemOfShare } from "./rollout_form.ts";

/** Changes the share of a rollout. */
export function ShareDialog(
  { rollout: { id, share }, name, onClose }: {
    rollout: Rollout;
    /** Of the model. */
    name: string;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const before = useSignal(String(share ?? "")).value;
  const entered = useSignal(before);
  const problem = problemOfShare(entered.value);
  const isChanged = entered.value.trim() !== before;
  return (
    <ChangeDialog
      title={`Share of ${name}`}
      label="Set the share"
      change={null}
      valid={problem === null && isChanged}
      dirty={isChanged}
      perform={async (args) => {
        const { message } = await manage("set-rollout-share", {
          id,
          share: Number(entered.value),
          ...args,
        });
        return { message };
      }}
      onClose={onClose}
    >
      <label>
        Share of new conversations and calls, in percent
        <input
          type="text"
          inputMode="numeric"
          autocomplete="off"
          value={entered.value}
          onInput={(event) => entered.value = event.currentTarget.value}
        />
      </label>
      <p class="muted field-note" role="status">
        {problem ??
          "What was assigned stays. Another share starts the comparison from the beginning."}
      </p>
    </ChangeDialog>
  );
}
