import { useSignal } from "@preact/signals";
import type { ApiKey, Limit } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { LimitFields } from "./limit_fields.tsx";
import { limitArgs, limitValues, newLimit } from "./limit_form.ts";
import { LimitImpact, limitKey } from "./limit_impact.tsx";

/** Sets a limit, a new one or another amount of one, once it was shown what that would do. */
export function LimitDialog(
  { limit, view, keys, onClose }: {
    /** Null: a new one. */
    limit: Limit | null;
    view: RegistryView;
    /** Those that can be limited. */
    keys: readonly ApiKey[];
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const before = useSignal(limit === null ? newLimit : limitValues(limit)).value;
  const values = useSignal(before);
  const shownKey = useSignal<string | null>(null);
  const args = limitArgs(values.value);
  const isChanged = JSON.stringify(values.value) !== JSON.stringify(before);
  return (
    <ChangeDialog
      title={limit === null ? "New limit" : `Change the limit of ${limit.name}`}
      label="Set the limit"
      change={null}
      valid={args !== null && isChanged && shownKey.value === limitKey(args, view.version)}
      dirty={isChanged}
      perform={async (more) => {
        if (args === null) throw new Error("The limit cannot be set as it was entered.");
        const { message, warnings } = await manage("set-limit", { ...args, ...more });
        return { message, warnings };
      }}
      onClose={onClose}
    >
      <LimitFields values={values} view={view} keys={keys} isNew={limit === null} />
      {args !== null && isChanged && (
        <LimitImpact
          args={args}
          version={view.version}
          onShown={(key) => shownKey.value = key}
        />
      )}
    </ChangeDialog>
  );
}
