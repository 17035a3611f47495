import type { ListedModel } from "../api/manage_actions.ts";
import { describeEnd } from "../format/describe_end.ts";
import { explainState, modelState } from "../format/model_state.ts";
import { Badge } from "./badge.tsx";

const tones = {
  default: "accent",
  available: "ok",
  disabled: "plain",
  stopped: "plain",
  retired: "danger",
} as const;

export function StateBadge({ model }: { model: ListedModel }) {
  const state = modelState(model);
  return <Badge tone={tones[state]} title={explainState(state)}>{state}</Badge>;
}

export function LifecycleText({ model }: { model: ListedModel }) {
  const { lifecycle } = model;
  const end = describeEnd(model, Date.now());
  return (
    <>
      {lifecycle === "active" ? "active" : <Badge tone="warn">{lifecycle}</Badge>}
      {end !== null && <span class="muted cell-note">{end}</span>}
    </>
  );
}
