import type { ApiKey, ListedAssistant, ListedModel } from "../api/manage_actions.ts";
import { ActionMenu } from "../components/action_menu.tsx";
import { Badge } from "../components/badge.tsx";
import type { Column } from "../components/data_table.tsx";
import { describeKeyEnd, describeMaker, describeScopes } from "../format/describe_key.ts";
import { formatDate, formatMoment } from "../format/time.ts";
import { addressOf } from "../state/route.ts";

/** What can be done with a key. */
export type KeyAction = "rotate" | "revoke";

interface Context {
  /** All of them, to name the one that a key has replaced. */
  readonly keys: readonly ApiKey[];
  readonly models: readonly ListedModel[];
  readonly assistants: readonly ListedAssistant[];
  /** The addresses of users, by their ids. */
  readonly people: ReadonlyMap<string, string>;
  readonly onAct: (action: KeyAction, key: ApiKey) => void;
}

/** The columns of the table of keys. */
export function keyColumns(context: Context): readonly Column<ApiKey>[] {
  return [
    {
      name: "Key",
      kind: "row",
      show: (key) => <NameCell apiKey={key} keys={context.keys} />,
      sortBy: ({ name }) => name,
    },
    {
      name: "May be used for",
      show: (key) =>
        describeScopes(key, context).map(({ term, text }) => (
          <span class="cell-note" key={term}>
            <span class="muted">{term}:</span> {text}
          </span>
        )),
    },
    {
      name: "Owner",
      show: (key) => <OwnerCell apiKey={key} people={context.people} />,
      sortBy: ({ created_at }) => created_at,
    },
    {
      name: "Last used",
      show: ({ last_used_on: day }) => day === null ? "never" : formatDate(day),
      sortBy: ({ last_used_on }) => last_used_on,
    },
    { name: "Ends", show: describeKeyEnd, sortBy: ({ ends_at }) => ends_at },
    {
      name: "Actions",
      kind: "actions",
      show: (key) => <KeyActions apiKey={key} keys={context.keys} onAct={context.onAct} />,
    },
  ];
}

function NameCell({ apiKey, keys }: { apiKey: ApiKey; keys: readonly ApiKey[] }) {
  const former = keys.find(({ id }) => id === apiKey.replaces);
  return (
    <>
      <span class="cell-title">{apiKey.name}</span>
      <code class="cell-note">{apiKey.prefix}…</code>
      {apiKey.state !== "active" && <Badge tone="warn">{apiKey.state}</Badge>}
      {former !== undefined && (
        <span class="muted cell-note">
          In place of <code>{former.prefix}…</code>
        </span>
      )}
    </>
  );
}

function OwnerCell({ apiKey, people }: { apiKey: ApiKey; people: Context["people"] }) {
  const { owner_id, created_by, created_at } = apiKey;
  const maker = describeMaker(created_by, people);
  return (
    <>
      {describeMaker(owner_id, people) ?? "none"}
      <span class="muted cell-note">
        created {formatMoment(created_at)}
        {maker !== null && ` by ${maker}`}
      </span>
    </>
  );
}

function KeyActions(
  { apiKey, keys, onAct }: Pick<Context, "keys" | "onAct"> & { apiKey: ApiKey },
) {
  const { id, name, prefix, state } = apiKey;
  // Several keys may have the same name, as one and its successor do.
  const subject = `${name}, ${prefix}`;
  const isReplaced = keys.some((key) => key.replaces === id && key.state === "active");
  return (
    <div class="row-actions">
      {state === "active" && !isReplaced && (
        <button
          type="button"
          class="button"
          aria-label={`Rotate ${subject}`}
          onClick={() => onAct("rotate", apiKey)}
        >
          Rotate
        </button>
      )}
      <ActionMenu
        subject={subject}
        items={[
          ...(state === "revoked"
            ? []
            : [{ label: "Revoke", onSelect: () => onAct("revoke", apiKey) }]),
          { label: "History", name: "History of", href: addressOf("audit", { search: id }) },
        ]}
      />
    </div>
  );
}
