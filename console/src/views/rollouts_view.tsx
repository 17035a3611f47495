import { useSignal } from "@preact/signals";
import type { Rollout } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { describeFinding, scopeOfRollout, stateOfRollout } from "../format/describe_rollout.ts";
import { nameOfModel } from "../format/model_state.ts";
import { formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { addressOf } from "../state/route.ts";
import { EndRolloutDialog } from "../switching/end_rollout_dialog.tsx";
import { ShareDialog } from "../switching/share_dialog.tsx";
import { type NamedRollout, type RolloutAction, RolloutCard } from "./rollout_card.tsx";
import { useReloads } from "./use_reloads.ts";

interface Chosen extends NamedRollout {
  readonly action: RolloutAction;
}

/** Rollouts and watched switches: those under way as pictures, then those that have ended. */
export function RolloutsView() {
  const { manage, registry } = useServices();
  const { view } = registry;
  const open = useSignal<Chosen | null>(null);
  const { remote, reload } = useRemote(
    String(view?.version ?? 0),
    (signal) => manage("list-rollouts", { limit: 200 }, signal),
  );
  // Its figures change with the answers, and raise no version.
  useReloads(reload);
  const named = (rollout: Rollout): NamedRollout => ({
    rollout,
    name: nameOfModel(rollout.model_id, view?.models ?? []),
    former: nameOfModel(rollout.former_model_id, view?.models ?? []),
  });
  return (
    <>
      <ViewHeading
        title="Rollouts"
        tools={
          <>
            <a class="button" href={addressOf("models")}>Start one</a>
            <a class="button" href={addressOf("audit", { of_action: "start-rollout" })}>History</a>
          </>
        }
      >
        A model gets a share of new conversations and calls, and is compared with the one that it
        would replace. Found worse, it gives the share back by itself; no time promotes it.
      </ViewHeading>
      <RemoteContent remote={remote} what="the rollouts" onRetry={reload}>
        {({ rollouts }) => (
          <div class="rollouts">
            <UnderWay
              rollouts={rollouts.filter(({ outcome }) => outcome === null).map(named)}
              onAct={(action, each) => open.value = { ...each, action }}
            />
            <section class="panel" aria-labelledby="ended">
              <h2 id="ended">Ended</h2>
              <DataTable
                label="Rollouts that have ended"
                what="rollouts"
                class="stacked"
                rows={rollouts.filter(({ outcome }) => outcome !== null).map(named)}
                keyOf={({ rollout }) => rollout.id}
                columns={columns}
                textOf={({ rollout, name, former }) => `${rollout.id} ${name} ${former}`}
                empty="No rollout has ended yet."
              />
            </section>
          </div>
        )}
      </RemoteContent>
      {open.value !== null && <RolloutDialogs {...open.value} onClose={() => open.value = null} />}
    </>
  );
}

function UnderWay(
  { rollouts, onAct }: {
    rollouts: readonly NamedRollout[];
    onAct: (action: RolloutAction, rollout: NamedRollout) => void;
  },
) {
  if (rollouts.length === 0) {
    return <p class="muted">None is under way. One is started from the menu of a model.</p>;
  }
  return (
    <>
      {rollouts.map((each) => (
        <RolloutCard
          key={each.rollout.id}
          {...each}
          onAct={(action) => onAct(action, each)}
        />
      ))}
    </>
  );
}

function RolloutDialogs({ action, ...named }: Chosen & { onClose: () => void }) {
  switch (action) {
    case "share":
      return <ShareDialog {...named} />;
    case "promote":
    case "revert":
      return <EndRolloutDialog outcome={action} {...named} />;
    default:
      return action satisfies never;
  }
}

const columns: readonly Column<NamedRollout>[] = [
  {
    name: "Rollout",
    kind: "row",
    show: ({ rollout, name, former }) => (
      <>
        <span class="cell-title">{name} in place of {former}</span>
        <span class="muted cell-note">{rollout.id}, for {scopeOfRollout(rollout)}</span>
      </>
    ),
    sortBy: ({ rollout }) => rollout.id,
  },
  { name: "Started", show: ({ rollout }) => formatMoment(rollout.started_at) },
  {
    name: "Ended",
    show: ({ rollout }) => rollout.ended_at === null ? "–" : formatMoment(rollout.ended_at),
  },
  {
    name: "Outcome",
    show: ({ rollout }) => {
      const { text, tone } = stateOfRollout(rollout);
      return <Badge tone={tone}>{text}</Badge>;
    },
  },
  { name: "Found", show: ({ rollout }) => describeFinding(rollout) },
];
