import { expect } from "@std/expect";
import type { SupabaseClient } from "@supabase/supabase-js";
import { watchVersion } from "../../../console/src/state/watch_version.ts";
import { registryView } from "../registry_views.ts";

/** What is used of PostgREST's answers. */
interface Answer {
  readonly data: { version: number; last_switch_hash: string } | null;
  readonly error: { message: string } | null;
  readonly status: number;
}

const found = (version: number, last_switch_hash: string): Answer => ({
  data: { version, last_switch_hash },
  error: null,
  status: 200,
});
const current = found(registryView.version, "first");
const unreachable: Answer = { data: null, error: { message: "Failed to fetch" }, status: 0 };
const unavailable: Answer = { data: null, error: { message: "Upstream" }, status: 503 };
const refused: Answer = { data: null, error: { message: "JWT expired" }, status: 401 };

/** A watched page; looks are answered and waits run out when the test lets them. */
function watchedPage() {
  const looks: PromiseWithResolvers<Answer>[] = [];
  const waits = new Set<() => void>();
  let listener = () => {};
  const page = {
    hidden: false,
    addEventListener: (_type: string, added: () => void) => listener = added,
    removeEventListener: () => listener = () => {},
  };
  const look = () => {
    const answer = Promise.withResolvers<Answer>();
    looks.push(answer);
    return answer.promise;
  };
  const signals: AbortSignal[] = [];
  const said: string[] = [];
  let loads = 0;
  const query = {
    select: () => query,
    retry: () => query,
    abortSignal: (signal: AbortSignal) => {
      signals.push(signal);
      return query;
    },
    maybeSingle: look,
  };
  const supabase = { from: () => query };
  const connectionLost = { value: false };
  const end = watchVersion(
    {
      supabase: supabase as unknown as SupabaseClient,
      registry: {
        view: registryView,
        load: () => {
          loads += 1;
          return Promise.resolve(registryView);
        },
      },
      announcer: { say: (_text, detail) => void said.push(String(detail)) },
      connectionLost,
    },
    page,
    (run) => {
      waits.add(run);
      return () => waits.delete(run);
    },
  );
  return {
    looks,
    waits,
    signals,
    said,
    loads: () => loads,
    connectionLost,
    end,
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
    answer: async (answer = current) => {
      for (const { resolve } of looks) resolve(answer);
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

Deno.test("watchVersion() says that the connection is lost from the first look that fails to the next that does not", async () => {
  for (const failure of [unreachable, unavailable]) {
    const { waits, connectionLost, runOut, answer } = watchedPage();
    const lost: boolean[] = [];
    for (const each of [current, failure, failure, current]) {
      runOut();
      await answer(each);
      lost.push(connectionLost.value);
    }
    expect(lost).toEqual([false, true, true, false]);
    expect(waits.size).toBe(1);
  }
});

Deno.test("watchVersion() takes a look that throws for a lost connection, and goes on", async () => {
  const { looks, waits, connectionLost, runOut, answer } = watchedPage();
  runOut();
  looks[0]!.reject(new Error("The lock was not got."));
  await answer();
  expect([connectionLost.value, waits.size]).toEqual([true, 1]);
});

Deno.test("watchVersion() takes a refusal for an answer", async () => {
  const { connectionLost, runOut, answer } = watchedPage();
  runOut();
  await answer(refused);
  expect(connectionLost.value).toBe(false);
});

Deno.test("watchVersion() gives up a look that is not answered", async () => {
  const { signals, waits, connectionLost, runOut, answer } = watchedPage();
  runOut();
  expect([signals.length, signals[0]!.aborted, waits.size]).toEqual([1, false, 1]);
  runOut();
  expect(signals[0]!.aborted).toBe(true);
  // As supabase-js answers what was aborted.
  await answer(unreachable);
  expect([connectionLost.value, waits.size]).toEqual([true, 1]);
});

Deno.test("watchVersion() hears no failure of a look from before the page was hidden", async () => {
  const { looks, connectionLost, runOut, show, answer } = watchedPage();
  runOut();
  show(false);
  show(true);
  looks[1]!.resolve(current);
  await answer(unreachable);
  expect(connectionLost.value).toBe(false);
});

Deno.test("watchVersion() leaves no lost connection behind when it ends", async () => {
  const { connectionLost, runOut, answer, end } = watchedPage();
  runOut();
  await answer(unreachable);
  runOut();
  end();
  await answer(unreachable);
  expect(connectionLost.value).toBe(false);
});

Deno.test("watchVersion() reloads and says so when the version is of another history, as after a restore", async () => {
  const { version } = registryView;
  const restored = [found(version, "second"), found(version - 1, "first")];
  for (const answered of restored) {
    const { said, loads, runOut, answer } = watchedPage();
    for (const each of [current, current, answered]) {
      runOut();
      await answer(each);
    }
    expect([loads(), said]).toEqual([1, [`Registry version ${version}`]]);
  }
});

Deno.test("watchVersion() says nothing when what it finds is what the page has loaded since", async () => {
  const { version } = registryView;
  const { said, loads, runOut, answer } = watchedPage();
  // Read before this page's own switch, and answered after it.
  runOut();
  await answer(found(version - 1, "first"));
  expect([loads(), said]).toEqual([1, []]);
});
