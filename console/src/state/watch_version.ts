import type { SupabaseClient } from "@supabase/supabase-js";
import type { Announcer } from "./announcer.ts";
import { describeChange } from "./describe_change.ts";
import type { RegistryStore } from "./registry.ts";

/** How often the version is asked for while the page is seen, in milliseconds. */
const intervalMs = 2_000;

/** What is asked of the page; a `Document`. */
export interface WatchedPage {
  readonly hidden: boolean;
  addEventListener(type: "visibilitychange", listener: () => void): void;
  removeEventListener(type: "visibilitychange", listener: () => void): void;
}

/**
 * Asks for the registry's version as long as the page is visible, and loads the registry anew when
 * somebody else has changed it. One small read each time; nothing where nobody looks.
 *
 * @param later Runs something after a time in milliseconds; calls it off by what is returned.
 * @returns ends it
 */
export function watchVersion(
  { supabase, registry, announcer }: {
    readonly supabase: Pick<SupabaseClient, "from">;
    readonly registry: Pick<RegistryStore, "view" | "load">;
    readonly announcer: Pick<Announcer, "say">;
  },
  page: WatchedPage,
  later: (run: () => void, ms: number) => () => void = runLater,
): () => void {
  let callOff = () => {};
  let ended = false;
  // Counts the times that watching began: a look of an earlier time is followed by no other.
  let watch = 0;

  const look = async () => {
    const { data } = await supabase.from("registry_version").select("version")
      .maybeSingle();
    const known = registry.view;
    // A failure is no news: what is shown stays true until the next look says otherwise.
    if (data === null || known === undefined || ended) return;
    if (Number(data.version) <= known.version) return;
    const present = await registry.load();
    if (present === undefined || present.version === known.version) return;
    announcer.say(
      describeChange(known, present),
      `Registry version ${present.version}`,
    );
  };
  const lookAndGoOn = (current: number) => {
    look().catch(() => {}).finally(() => wait(current));
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
    callOff();
    page.removeEventListener("visibilitychange", onVisibility);
  };
}

function runLater(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
