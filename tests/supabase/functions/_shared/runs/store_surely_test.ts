import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { abandonedAfterMs } from "../../../../../supabase/functions/_shared/runs/abandoned_after.ts";
import { DatabaseRefusal } from "../../../../../supabase/functions/_shared/database/database_error.ts";
import { defaultCallTimeoutMs } from "../../../../../supabase/functions/_shared/database/fetch_within.ts";
import {
  refusedRecord,
  storeForMs,
  storeSurely,
} from "../../../../../supabase/functions/_shared/runs/store_surely.ts";
import { runRecord } from "./run_record_of.ts";

const end = { run: runRecord({ input_tokens: 10, output_tokens: 5, stop_reason: "end_turn" }) };
type End = typeof end;
const stored = "stored";
const away = new AppError("database_unavailable");
const refused = new DatabaseRefusal();

/** A store that fails so many times, the first time with `error`, then works; only waits and calls that hang take time. */
function world(failures: number, error: AppError, { hangsMs = 0, then = error } = {}) {
  const seen = {
    now: 0,
    tries: 0,
    /** When the last try ended. */
    lastTryAt: 0,
    ends: [] as End[],
    lost: [] as unknown[],
    background: [] as Promise<void>[],
  };
  const store = (end: End) => {
    seen.tries += 1;
    seen.now += hangsMs;
    seen.lastTryAt = seen.now;
    seen.ends.push(end);
    if (seen.tries > failures) return Promise.resolve(stored);
    return Promise.reject(seen.tries === 1 ? error : then);
  };
  const run = () =>
    storeSurely({ id: "q", end, store, refused: ({ run }) => ({ run: refusedRecord(run) }) }, {
      now: () => seen.now,
      sleep: (ms) => {
        seen.now += ms;
        return Promise.resolve();
      },
      continueInBackground: (work) => void seen.background.push(work),
      reportLoss: (id, error) => void seen.lost.push([id, error]),
    });
  return { seen, run };
}

Deno.test("storeSurely() stores at the first try where it can", async () => {
  const { seen, run } = world(0, away);
  expect(await run()).toEqual({ persisted: true, stored });
  expect(seen).toMatchObject({ tries: 1, now: 0, background: [] });
});

Deno.test("storeSurely() says so at once when the database is away, and goes on in the background", async () => {
  const { seen, run } = world(4, away);
  expect(await run()).toEqual({ persisted: false });
  expect(seen.background.length).toBe(1);
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 5, lost: [] });
});

Deno.test("storeSurely() goes on where an operator has to mend something", async () => {
  const { seen, run } = world(4, new AppError("database_error"));
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 5, lost: [] });
});

Deno.test("storeSurely() gives up after about a minute and reports the loss", async () => {
  const { seen, run } = world(Infinity, away);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen.lost).toEqual([["q", away]]);
  expect(seen.lastTryAt).toBeGreaterThan(storeForMs * 0.7);
  expect(seen.lastTryAt).toBeLessThanOrEqual(storeForMs);
});

Deno.test("storeSurely() has ended before its turn counts as abandoned, though every try hangs", async () => {
  const { seen, run } = world(Infinity, away, { hangsMs: defaultCallTimeoutMs });
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen.tries).toBeGreaterThan(3);
  expect(seen.lost).toEqual([["q", away]]);
  expect(seen.lastTryAt).toBeLessThanOrEqual(storeForMs + defaultCallTimeoutMs);
  expect(seen.lastTryAt).toBeLessThan(abandonedAfterMs);
});

Deno.test("storeSurely() stores a failure in place of an end that the database refuses, with its tokens", async () => {
  const { seen, run } = world(1, refused);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ lost: [["q", refused]], now: 0 });
  const failure = {
    run: {
      ...end.run,
      status: "failed",
      error_code: "database_error",
      stop_reason: null,
      provider_stop_reason: null,
      generated_at: null,
    },
  };
  expect(seen.ends).toEqual([end, failure]);
});

Deno.test("storeSurely() stores a failure also where the refusal comes after an outage", async () => {
  const { seen, run } = world(2, away, { then: refused });
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 3, lost: [["q", refused]] });
  expect(seen.ends.at(-1)?.run).toMatchObject({ status: "failed", input_tokens: 10 });
});

Deno.test("storeSurely() leaves it at that when the failure is refused too", async () => {
  const { seen, run } = world(Infinity, refused);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 2, lost: [["q", refused]] });
});
