import type { ApiKey, LimitStatus, LimitWindow } from "../api/manage_actions.ts";
import { ActionMenu } from "../components/action_menu.tsx";
import { Badge } from "../components/badge.tsx";
import type { Column } from "../components/data_table.tsx";
import { StateBar } from "../components/state_bar.tsx";
import { describeCounted, describeNear, describeScope } from "../format/describe_limit.ts";
import {
  describeReset,
  describeUse,
  formatAmount,
  limitState,
  usedShare,
} from "../format/limit_figures.ts";

/** What can be done with a limit. */
export type LimitAction = "users" | "change" | "remove";

interface Context {
  /** To name those that have a limit. */
  readonly keys: readonly ApiKey[];
  readonly onAct: (action: LimitAction, limit: LimitStatus) => void;
}

/** Before the first turn or call of a window. */
const unused: LimitWindow = {
  user_id: null,
  spent: 0,
  held: 0,
  left: 0,
  window_start: null,
  window_end: null,
};

const tones = { free: "ok", near: "warn", full: "danger" } as const;

/** The columns of the table of limits. */
export function limitColumns({ keys, onAct }: Context): readonly Column<LimitStatus>[] {
  return [
    {
      name: "Limit",
      kind: "row",
      class: "wide",
      show: (limit) => <NameCell limit={limit} keys={keys} />,
      sortBy: ({ name }) => name,
    },
    {
      name: "Used",
      show: (limit) => <UseCell limit={limit} />,
      sortBy: nearestShare,
    },
    {
      name: "Left",
      kind: "number",
      show: (limit) => formatAmount(limit.windows[0]?.left ?? limit.amount, limit.unit),
    },
    {
      name: "Resets",
      show: (limit) => describeReset(limit, limit.windows[0] ?? unused),
    },
    {
      name: "Actions",
      kind: "actions",
      show: (limit) => <LimitActions limit={limit} onAct={onAct} />,
    },
  ];
}

/** The state of one window, as a bar and in words. */
export function WindowState({ limit, window }: { limit: LimitStatus; window: LimitWindow }) {
  const { amount, name } = limit;
  const state = limitState(usedShare(window, amount));
  const text = describeUse(window, limit);
  return (
    <>
      <StateBar
        label={window.user_id === null ? name : `${name}: user ${window.user_id}`}
        text={text}
        tone={tones[state]}
        spent={amount === 0 ? 1 : window.spent / amount}
        held={amount === 0 ? 0 : window.held / amount}
      />
      {text}
    </>
  );
}

function NameCell({ limit, keys }: { limit: LimitStatus; keys: readonly ApiKey[] }) {
  const { name, enforcement, time_zone: zone, period } = limit;
  const scope = describeScope(limit, keys);
  const state = limitState(nearestShare(limit));
  return (
    <>
      <span class="cell-title">{name}</span>
      {scope !== null && <code class="cell-note">{scope}</code>}
      <Badge tone="plain">{enforcement}</Badge>{" "}
      {state !== "free" && (
        <Badge tone={tones[state]}>{state === "full" ? "reached" : "near"}</Badge>
      )}
      {period !== null && zone !== "UTC" && <span class="muted cell-note">in {zone}</span>}
    </>
  );
}

function UseCell({ limit }: { limit: LimitStatus }) {
  const near = describeNear(limit);
  return (
    <>
      <WindowState limit={limit} window={limit.windows[0] ?? unused} />
      {limit.scope.kind === "each_user" && (
        <span class="muted cell-note">
          {limit.count > 0 && "the nearest of "}
          {describeCounted(limit)}
          {near !== null && `; ${near}`}
        </span>
      )}
    </>
  );
}

function LimitActions({ limit, onAct }: Pick<Context, "onAct"> & { limit: LimitStatus }) {
  const { name, scope, id } = limit;
  const subject = `limit ${id}, ${name}`;
  return (
    <div class="row-actions">
      {scope.kind === "each_user" && limit.count > 0 && (
        <button
          type="button"
          class="button"
          aria-label={`Users near ${subject}`}
          onClick={() => onAct("users", limit)}
        >
          Users
        </button>
      )}
      <button
        type="button"
        class="button"
        aria-label={`Change ${subject}`}
        onClick={() => onAct("change", limit)}
      >
        Change
      </button>
      <ActionMenu
        subject={subject}
        items={[{ label: "Remove", onSelect: () => onAct("remove", limit) }]}
      />
    </div>
  );
}

function nearestShare({ windows: [nearest], amount }: LimitStatus): number {
  return nearest === undefined ? 0 : usedShare(nearest, amount);
}
