import { useSignal } from "@preact/signals";
import type { ApiKey } from "../api/manage_actions.ts";
import { Choice } from "../components/choice.tsx";
import { formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { type Made, MadeKey } from "./made_key.tsx";

/** How long the present key can go on, by hours. */
const graces = {
  "0": "at once",
  "1": "in an hour",
  "24": "in a day",
  "168": "in a week",
} as const;

/** Makes a key in another one's place, with the same scopes. */
export function RotateKeyDialog(
  { apiKey: { id, name, prefix, expires_at }, onClose }: {
    apiKey: ApiKey;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const grace = useSignal<keyof typeof graces>("24");
  const made = useSignal<Made | null>(null);
  return (
    <ChangeDialog
      title={`Rotate ${name}`}
      label="Make a new key"
      change={null}
      perform={async (args) => {
        const answer = await manage("rotate-api-key", {
          id,
          grace_hours: Number(grace.value),
          ...args,
        });
        made.value = answer;
        return { ...answer, undo: null };
      }}
      shownOnce={made.value === null ? null : <MadeKey made={made.value} />}
      onClose={onClose}
    >
      <p>
        A new key with the same name and scopes takes the place of{" "}
        <code>{prefix}…</code>. Until that one ends, both are accepted.
      </p>
      <Choice
        label="The present key ends"
        value={grace.value}
        options={graces}
        onChoose={(hours) => grace.value = hours}
      />
      {expires_at !== null && (
        <p class="muted">Both end {formatMoment(expires_at)} at the latest.</p>
      )}
    </ChangeDialog>
  );
}
