import { useEffect, useRef } from "preact/hooks";
import type { Services } from "../services.ts";
import { lookIntervalMs } from "../state/operations.ts";
import { failureOf } from "../state/remote.ts";
import { returns, useRetry } from "../state/use_retry.ts";
import { watchVersion } from "../state/watch_version.ts";

/** Follows what happens in the project, as long as there is a session. */
export function useProject(services: Services): void {
  useWatch(services);
  useLooks(services);
}

/** Follows the registry while there is a session, and tries again what failed in an outage. */
function useWatch(services: Services): void {
  const { session, registry, connectionLost } = services;
  const isSignedIn = session.state.value.kind === "admin";
  const isLost = connectionLost.value;
  const wasLost = useRef(false);
  useEffect(() => isSignedIn ? watchVersion(services, document) : undefined, [isSignedIn]);
  useEffect(() => {
    if (wasLost.current && !isLost && isSignedIn) returns.value += 1;
    wasLost.current = isLost;
  }, [isLost]);
  useRetry(failureOf(registry.remote.value) ?? registry.failure.value, () => registry.load(true));
}

/** Looks at the alerts with each version of the registry, and now and then while the page is seen. */
function useLooks({ session, registry, operations }: Services): void {
  const isSignedIn = session.state.value.kind === "admin";
  const version = registry.view?.version;
  useEffect(() => {
    if (!isSignedIn || version === undefined) return;
    operations.load();
    const timer = setInterval(() => document.hidden || operations.load(), lookIntervalMs);
    return () => clearInterval(timer);
  }, [isSignedIn, version]);
}
