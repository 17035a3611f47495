import { useEffect } from "preact/hooks";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { describeLimitImpact } from "../format/describe_limit.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { Unforeseen, Warnings } from "./impact.tsx";
import type { LimitArgs } from "./limit_form.ts";

/** Who types an amount is asked nothing in between, in milliseconds. */
const pauseMs = 300;
const patienceMs = 10_000;

/** Tells what would be set, and the registry's version that it is decided on, from others. */
export function limitKey(args: LimitArgs | null, version: number): string {
  return `${JSON.stringify(args)} ${version}`;
}

/**
 * What a limit would do if it were set: how much of it is used already, and whom it would refuse.
 * Without an answer it says why; a limit that is needed can be set even then.
 *
 * @param onShown Told once there is an answer to these very arguments, or why there is none.
 */
export function LimitImpact(
  { args, version, onShown }: { args: LimitArgs; version: number; onShown: (key: string) => void },
) {
  const { manage } = useServices();
  const key = limitKey(args, version);
  const { remote } = useRemote(key, async (signal) => {
    await pause(signal);
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const change = { action: "set-limit", ...args } as const;
    return { key, ...await manage("impact", { change }, patience) };
  });
  const answered = remote.state === "ready" ? remote.data.key : remote.state;
  useEffect(() => {
    if (answered === key || answered === "failed") onShown(key);
  }, [answered, key]);
  switch (remote.state) {
    case "loading":
      return <Loading what="what this would do" />;
    case "failed":
      return <Unforeseen error={remote.error} />;
    case "ready":
      return (
        <div class="form" aria-busy={remote.data.key !== key}>
          {remote.data.limit && <Facts facts={describeLimitImpact(remote.data.limit)} />}
          <Warnings warnings={remote.data.warnings} />
        </div>
      );
    default:
      return remote satisfies never;
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, pauseMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
