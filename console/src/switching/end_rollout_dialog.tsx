import type { Rollout } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** Ends a rollout or a watch: the new model takes the place or stays, or the former one is back. */
export function EndRolloutDialog(
  {
    rollout: { id, assistant_type, model_id, watch_until: until, verdict },
    outcome,
    name,
    former,
    onClose,
  }: {
    rollout: Rollout;
    outcome: "promote" | "revert";
    /** Names of the new model and of the former one. */
    name: string;
    former: string;
    onClose: () => void;
  },
) {
  const { manage } = useServices();
  const isRevert = outcome === "revert";
  const isWatch = until !== null;
  return (
    <ChangeDialog
      title={isRevert ? `Revert to ${former}` : isWatch ? `Keep ${name}` : `Promote ${name}`}
      label={isRevert ? "Revert" : isWatch ? "End the watch" : "Promote"}
      danger={isRevert}
      // Back at once, and a watch changes nothing: only a promotion is looked at first.
      change={isRevert || isWatch
        ? null
        : assistant_type === null
        ? { action: "set-default", model_id }
        : { action: "set-assistant-model", assistant_type, model_id }}
      perform={async (args) => {
        const { message, warnings, affected, registry_version } = await manage("end-rollout", {
          id,
          outcome,
          ...args,
        });
        // Only what was promoted is a switch that can be taken back. Its last entry, of the model
        // that lost its place, is not listed, so that the answer alone has the version.
        const undo = isRevert || isWatch
          ? null
          : () => manage("rollback", { expected_version: registry_version });
        return { message, warnings, affected, undo };
      }}
      onClose={onClose}
    >
      <p>{textOf({ isRevert, isWatch, name, former })}</p>
      {!isRevert && !isWatch && verdict === "undecided" && (
        <p class="muted">
          It is not proven yet that {name} is not worse.
        </p>
      )}
    </ChangeDialog>
  );
}

function textOf(
  { isRevert, isWatch, name, former }: {
    isRevert: boolean;
    isWatch: boolean;
    name: string;
    former: string;
  },
): string {
  if (isRevert) {
    return `New conversations and calls are answered by ${former}, from the next request on. ` +
      `Conversations of ${name} move at their next turn.`;
  }
  return isWatch
    ? `${name} stays; errors no longer take it back.`
    : `${name} takes the place of ${former}, from the next request on.`;
}
