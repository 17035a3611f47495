import { useEffect } from "preact/hooks";
import type { ApiError } from "../api/api_error.ts";
import type { Affected, Change } from "../api/manage_actions.ts";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { Notice } from "../components/notice.tsx";
import { describeAffected } from "../format/describe_affected.ts";
import { describeLimitImpact } from "../format/describe_limit.ts";
import { nameOfModel } from "../format/model_state.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";

/** How long a confirmation waits for what it would do, in milliseconds. */
const patienceMs = 10_000;

/** Tells a change, and the version that it is decided on, from others. */
export function impactKey(change: Change | null, version: number): string {
  return `${JSON.stringify(change)} ${version}`;
}

/**
 * What a change would do, before it is made. Without an answer it says so: a model that harms must
 * be disabled even then.
 *
 * @param version The registry's version that is decided on; with another one it is asked for again.
 * @param onShown Told once there is an answer, or why there is none.
 */
export function Impact(props: { change: Change; version: number; onShown: () => void }) {
  const key = impactKey(props.change, props.version);
  // With a key, so that another change's facts are not shown while its own are read.
  return <ImpactOf key={key} id={key} {...props} />;
}

function ImpactOf(
  { id, change, onShown }: { id: string; change: Change; onShown: () => void },
) {
  const { manage } = useServices();
  const { remote } = useRemote(
    id,
    (signal) =>
      manage("impact", { change }, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])),
  );
  useEffect(() => {
    if (remote.state !== "loading") onShown();
  }, [remote.state]);
  switch (remote.state) {
    case "loading":
      return <Loading what="what this would do" />;
    case "failed":
      return <Unforeseen error={remote.error} />;
    case "ready":
      return (
        <>
          {remote.data.limit === null
            ? <AffectedFacts affected={remote.data.affected} />
            : <Facts facts={describeLimitImpact(remote.data.limit)} />}
          <Warnings warnings={remote.data.warnings} />
        </>
      );
    default:
      return remote satisfies never;
  }
}

/** Why it is not known what a change would do: it would be refused, or the answer failed. */
export function Unforeseen({ error }: { error: ApiError }) {
  return (
    <Notice
      tone="warn"
      title={error.status === 409
        ? "This would be refused."
        : "What this would do could not be found out."}
    >
      <p>{error.message}</p>
      {error.hint !== null && <p>{error.hint}</p>}
    </Notice>
  );
}

/** What a change does, or did. */
export function AffectedFacts({ affected }: { affected: Affected }) {
  const models = useServices().registry.view?.models ?? [];
  return <Facts facts={describeAffected(affected, (id) => nameOfModel(id, models))} />;
}

export function Warnings({ warnings }: { warnings: readonly string[] }) {
  return (
    <>
      {warnings.map((text) => (
        <Notice tone="warn" key={text}>
          <p>{text}</p>
        </Notice>
      ))}
    </>
  );
}
