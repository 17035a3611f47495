import { expect } from "@std/expect";
import type { SupabaseClient } from "@supabase/supabase-js";
import { watchVersion } from "../../../console/src/state/watch_version.ts";
import { registryView } from "../registry_views.ts";

/** A watched page; looks are answered and waits run out when the test lets them. */
function watchedPage() {
  const looks: PromiseWithResolvers<{ data: { version: number } }>[] = [];
  const waits = new Set<() => void>();
  let listener = () => {};
  const page = {
    hidden: false,
    addEventListener: (_type: string, added: () => void) => listener = added,
    removeEventListener: () => listener = () => {},
  };
  const look = () => {
    const answer = Promise.withResolvers<{ data: { version: number } }>();
    looks.push(answer);
    return answer.promise;
  };
  const supabase = { from: () => ({ select: () => ({ maybeSingle: look }) }) };
  const end = watchVersion(
    {
      supabase: supabase as unknown as SupabaseClient,
      registry: { view: registryView, load: () => Promise.resolve(undefined) },
      announcer: { say: () => {} },
    },
    page,
    (run) => {
      waits.add(run);
      return () => waits.delete(run);
    },
  );
  return {
    ...{ looks, waits, end },
    show: (visible: boolean) => {
      page.hidden = !visible;
      listener();
    },
    runOut: () => {
      const due = [...waits];
      waits.clear();
      for (const run of due) run();
    },
    /** Until everything that was looked for is there, and what follows has begun. */
    answer: async () => {
      for (const { resolve } of looks) resolve({ data: { version: registryView.version } });
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

Deno.test("watchVersion() looks again and again while the page is seen, and not while it is hidden", async () => {
  const { looks, waits, end, show, runOut, answer } = watchedPage();
  runOut();
  await answer();
  runOut();
  await answer();
  expect([looks.length, waits.size]).toEqual([2, 1]);
  show(false);
  expect(waits.size).toBe(0);
  show(true);
  await answer();
  expect([looks.length, waits.size]).toEqual([3, 1]);
  end();
  expect(waits.size).toBe(0);
});

Deno.test("watchVersion() goes on once when the page comes back while a look is on its way", async () => {
  const { looks, waits, show, runOut, answer } = watchedPage();
  runOut();
  show(false);
  show(true);
  await answer();
  expect([looks.length, waits.size]).toEqual([2, 1]);
});
