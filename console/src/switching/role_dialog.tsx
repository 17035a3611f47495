import { useSignal } from "@preact/signals";
import type { Role } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { undoUnlessChanged } from "./late_undo.ts";

/** Gives a user another role, by their address, or takes it away. */
export function RoleDialog(
  { role, view, onChanged, onClose }: {
    /** Null: the user is yet to be named. */
    role: Role | null;
    view: RegistryView;
    onChanged: () => void;
    onClose: () => void;
  },
) {
  const services = useServices();
  const { manage } = services;
  const email = useSignal(role?.email ?? "");
  const type = useSignal(role?.assistant_type ?? "");
  const isChanged = email.value !== (role?.email ?? "") ||
    type.value !== (role?.assistant_type ?? "");
  const set = async (assistantType: string | null, args: { reason?: string } = {}) => {
    const answer = await manage("set-role", {
      email: email.value.trim(),
      assistant_type: assistantType,
      ...args,
    });
    onChanged();
    return answer;
  };
  return (
    <ChangeDialog
      title={role === null ? "Give a role" : `Role of ${role.email ?? role.user_id}`}
      label="Set the role"
      change={null}
      valid={/^[^\s@]+@[^\s@]+$/.test(email.value.trim()) && isChanged}
      dirty={isChanged}
      perform={async (args) => {
        const answer = await set(type.value === "" ? null : type.value, args);
        const undo = undoUnlessChanged(
          services,
          { action: "set-role", version: answer.registry_version },
          () => set(answer.former_assistant_type),
        );
        return { ...answer, undo };
      }}
      onClose={onClose}
    >
      <label>
        E-mail
        <input
          type="email"
          autocomplete="off"
          value={email.value}
          readOnly={role !== null}
          onInput={(event) => email.value = event.currentTarget.value}
        />
      </label>
      <label>
        Role
        <select value={type.value} onChange={(event) => type.value = event.currentTarget.value}>
          <option value="">none, so talks to health</option>
          {view.assistants.map(({ assistant_type, name }) => (
            <option key={assistant_type} value={assistant_type}>{name} ({assistant_type})</option>
          ))}
        </select>
      </label>
      <p class="muted">
        The user must exist, and their address must be confirmed. The role platform makes a platform
        admin, who may do all that is done here.
      </p>
    </ChangeDialog>
  );
}
