import { useSignal } from "@preact/signals";
import type { Role } from "../api/manage_actions.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { addressOf } from "../state/route.ts";
import { RoleDialog } from "../switching/role_dialog.tsx";

/** As many users as are read at once. */
const pageSize = 200;

/** Which user talks to which assistant, by their address. */
export function RolesView() {
  const { manage, registry } = useServices();
  const open = useSignal<{ role: Role | null } | null>(null);
  const looked = useSignal("");
  const { remote, reload } = useRemote(
    looked.value,
    (signal) =>
      manage("list-roles", {
        limit: pageSize,
        ...(looked.value === "" ? {} : { email: looked.value }),
      }, signal),
  );
  const { view } = registry;
  return (
    <>
      <ViewHeading
        title="Roles"
        tools={
          <>
            <button type="button" class="button" onClick={() => open.value = { role: null }}>
              Give a role
            </button>
            <a class="button" href={addressOf("audit", { of_action: "set-role" })}>History</a>
          </>
        }
      >
        A user's role is the assistant that they talk to. Who has none talks to health, and is not
        listed here.
      </ViewHeading>
      <FindUsers onFind={(text) => looked.value = text} />
      <RemoteContent remote={remote} what="the roles" onRetry={reload}>
        {({ roles }) => (
          <>
            <DataTable
              label="Roles"
              what="users"
              class="stacked"
              rows={roles}
              keyOf={({ user_id }) => user_id}
              columns={columns((role) => open.value = { role })}
              textOf={({ email, assistant_type }) => `${email} ${assistant_type}`}
              filters={[{ name: "Role", of: ({ assistant_type }) => assistant_type }]}
              empty={looked.value === ""
                ? "No user has a role. Give one by the user's address."
                : "No user with a role has such an address."}
            />
            {roles.length === pageSize && (
              <p class="muted">
                The first {pageSize} users are shown. Look for an address above to see others.
              </p>
            )}
          </>
        )}
      </RemoteContent>
      {open.value !== null && view !== undefined && (
        <RoleDialog
          role={open.value.role}
          view={view}
          onChanged={reload}
          onClose={() => open.value = null}
        />
      )}
    </>
  );
}

/** Finds users among all of them, not only among those that are shown. */
function FindUsers({ onFind }: { onFind: (text: string) => void }) {
  const text = useSignal("");
  return (
    <form
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onFind(text.value.trim());
      }}
    >
      <label>
        Address contains
        <input
          type="search"
          value={text.value}
          onInput={(event) => text.value = event.currentTarget.value}
        />
      </label>
      <button type="submit" class="button">Find</button>
    </form>
  );
}

function columns(onChange: (role: Role) => void): readonly Column<Role>[] {
  return [
    {
      name: "User",
      kind: "row",
      show: ({ email, user_id }) => (
        <>
          <span class="cell-title">{email ?? "no address"}</span>
          <code class="cell-note">{user_id}</code>
        </>
      ),
      sortBy: ({ email }) => email,
    },
    {
      name: "Role",
      show: ({ assistant_type }) => assistant_type,
      sortBy: ({ assistant_type }) => assistant_type,
    },
    { name: "Since", show: ({ since }) => formatMoment(since), sortBy: ({ since }) => since },
    {
      name: "Actions",
      kind: "actions",
      show: (role) => (
        <button
          type="button"
          class="button"
          aria-label={`Change the role of ${role.email ?? role.user_id}`}
          disabled={role.email === null}
          onClick={() => onChange(role)}
        >
          Change
        </button>
      ),
    },
  ];
}
