import type { SupabaseClient } from "@supabase/supabase-js";
import type { Announcer } from "./announcer.ts";
import { describeChange } from "./describe_change.ts";
import type { RegistryStore } from "./registry.ts";

/** How often the version is asked for while the page is seen, in milliseconds. */
const intervalMs = 2_000;

/** How long a look may take, in milliseconds: a network that is away may never say so. */
const patienceMs = 8_000;

/** What is asked of the page; a `Document`. */
export interface WatchedPage {
  readonly hidden: boolean;
  addEventListener(type: "visibilitychange", listener: () => void): void;
  removeEventListener(type: "visibilitychange", listener: () => void): void;
}

/**
 * Asks for the registry's version as long as the page is visible, and reloads the registry when
 * another operator has changed it. One small read each time; nothing while it is hidden. While looks
 * fail, `connectionLost` is true.
 *
 * @param later Runs something after a time in milliseconds; calls it off by what is returned.
 * @returns ends it
 */
export function watchVersion(
  { supabase, registry, announcer, connectionLost }: {
    readonly supabase: Pick<SupabaseClient, "from">;
    readonly registry: Pick<RegistryStore, "view" | "load">;
    readonly announcer: Pick<Announcer, "say">;
    readonly connectionLost: { value: boolean };
  },
  page: WatchedPage,
  later: (run: () => void, ms: number) => () => void = runLater,
): () => void {
  // The hash names the history of the version: after a restore of a backup the same version can
  // come again, or a smaller one.
  let seen: { readonly version: number; readonly hash: string } | undefined;
  let callOff = () => {};
  let ended = false;
  // Counts the times that watching began: a look of an earlier time is followed by no other.
  let watch = 0;

  const ask = async () => {
    const giveUp = new AbortController();
    const callOffGivingUp = later(() => giveUp.abort(), patienceMs);
    try {
      // Not tried again by supabase-js, which would take seconds to say that it failed: the next
      // look is soon enough.
      return await supabase.from("registry_version").select("version, last_switch_hash").retry(
        false,
      )
        .abortSignal(giveUp.signal).maybeSingle();
    } catch {
      return undefined;
    } finally {
      callOffGivingUp();
    }
  };
  const look = async (current: number) => {
    const answer = await ask();
    if (!ended && current === watch) {
      connectionLost.value = answer === undefined || isLost(answer.status);
    }
    const data = answer?.data ?? null;
    const known = registry.view;
    // After a failure what is shown stays until the next look says otherwise.
    if (data === null || known === undefined || ended) return;
    const found = { version: Number(data.version), hash: String(data.last_switch_hash) };
    const wentBack = seen !== undefined && (found.version < seen.version ||
      (found.version === seen.version && found.hash !== seen.hash));
    seen = found;
    if (found.version === known.version && !wentBack) return;
    const present = await registry.load();
    if (present === undefined || (present.version === known.version && !wentBack)) return;
    announcer.say(
      describeChange(known, present),
      `Registry version ${present.version}`,
    );
  };
  const lookAndGoOn = (current: number) => {
    look(current).catch(() => {}).finally(() => wait(current));
  };
  const wait = (current: number) => {
    if (ended || page.hidden || current !== watch) return;
    callOff = later(() => lookAndGoOn(current), intervalMs);
  };
  const onVisibility = () => {
    callOff();
    watch += 1;
    if (!page.hidden) lookAndGoOn(watch);
  };
  page.addEventListener("visibilitychange", onVisibility);
  wait(watch);
  return () => {
    ended = true;
    connectionLost.value = false;
    callOff();
    page.removeEventListener("visibilitychange", onVisibility);
  };
}

/**
 * Whether a look with this status got no answer; 0 is what supabase-js says where
 * nothing came. A refusal is an answer, and no sign of the network.
 */
function isLost(status: number): boolean {
  return status === 0 || status >= 500;
}

function runLater(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
