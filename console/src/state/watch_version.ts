import type { SupabaseClient } from "@supabase/supabase-js";
import type { Announcer } from "./announcer.ts";
import { describeChange } from "./describe_change.ts";
import type { RegistryStore } from "./registry.ts";

/** How often the version is asked for while the page is seen, in milliseconds. */
const intervalMs = 2_000;

/**
 * Asks for the registry's version as long as the page is visible, and loads the registry anew when
 * somebody else has changed it. One small read each time; nothing where nobody looks.
 *
 * @returns ends it
 */
export function watchVersion(
  { supabase, registry, announcer }: {
    readonly supabase: SupabaseClient;
    readonly registry: RegistryStore;
    readonly announcer: Announcer;
  },
): () => void {
  let timer: number | undefined;
  let ended = false;

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
  const next = () => {
    if (ended || document.hidden) return;
    timer = setTimeout(() => look().catch(() => {}).finally(next), intervalMs);
  };
  const onVisibility = () => {
    clearTimeout(timer);
    if (!document.hidden) look().catch(() => {}).finally(next);
  };
  document.addEventListener("visibilitychange", onVisibility);
  next();
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisibility);
  };
}
