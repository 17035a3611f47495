import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { completeSurely } from "../../../../../supabase/functions/_shared/conversations/complete_surely.ts";
import type { StoredAnswer } from "../../../../../supabase/functions/_shared/conversations/stored_answer.ts";
import type { TurnEnd } from "../../../../../supabase/functions/_shared/conversations/turn_store.ts";
import {
  abandonedAfterMs,
  storeForMs,
} from "../../../../../supabase/functions/_shared/conversations/turn_times.ts";
import { DatabaseRefusal } from "../../../../../supabase/functions/_shared/database/database_error.ts";
import { defaultCallTimeoutMs } from "../../../../../supabase/functions/_shared/database/fetch_within.ts";
import { runRecord } from "../runs/run_record_of.ts";

const end: TurnEnd = {
  question_id: "q",
  attempt: 1,
  answer_id: "a",
  pinned_model_id: null,
  moves_pin: true,
  content: "Hello",
  blocks: null,
  run: runRecord({ input_tokens: 10, output_tokens: 5 }),
};
const stored = { id: "a" } as StoredAnswer;
const away = new AppError("database_unavailable");
const refused = new DatabaseRefusal();

/** A store that fails so many times, the first time with `error`, then works; only waits and calls that hang take time. */
function world(failures: number, error: AppError, { hangsMs = 0, then = error } = {}) {
  const seen = {
    now: 0,
    tries: 0,
    /** When the last try ended. */
    lastTryAt: 0,
    ends: [] as TurnEnd[],
    lost: [] as unknown[],
    background: [] as Promise<void>[],
  };
  const complete = (end: TurnEnd) => {
    seen.tries += 1;
    seen.now += hangsMs;
    seen.lastTryAt = seen.now;
    seen.ends.push(end);
    if (seen.tries > failures) return Promise.resolve(stored);
    return Promise.reject(seen.tries === 1 ? error : then);
  };
  const run = () =>
    completeSurely(end, {
      turns: { complete },
      now: () => seen.now,
      sleep: (ms) => {
        seen.now += ms;
        return Promise.resolve();
      },
      continueInBackground: (work) => void seen.background.push(work),
      reportLoss: (_questionId, error) => void seen.lost.push(error),
    });
  return { seen, run };
}

Deno.test("completeSurely() stores at the first try where it can", async () => {
  const { seen, run } = world(0, away);
  expect(await run()).toEqual({ persisted: true, stored });
  expect(seen).toMatchObject({ tries: 1, now: 0, background: [] });
});

Deno.test("completeSurely() says so at once when the database is away, and goes on in the background", async () => {
  const { seen, run } = world(4, away);
  expect(await run()).toEqual({ persisted: false });
  expect(seen.background.length).toBe(1);
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 5, lost: [] });
});

Deno.test("completeSurely() goes on where an operator has to mend something", async () => {
  const { seen, run } = world(4, new AppError("database_error"));
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 5, lost: [] });
});

Deno.test("completeSurely() gives up after about a minute and reports the loss", async () => {
  const { seen, run } = world(Infinity, away);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen.lost).toEqual([away]);
  expect(seen.lastTryAt).toBeGreaterThan(storeForMs * 0.7);
  expect(seen.lastTryAt).toBeLessThanOrEqual(storeForMs);
});

Deno.test("completeSurely() has ended before its turn counts as abandoned, though every try hangs", async () => {
  const { seen, run } = world(Infinity, away, { hangsMs: defaultCallTimeoutMs });
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen.tries).toBeGreaterThan(3);
  expect(seen.lost).toEqual([away]);
  expect(seen.lastTryAt).toBeLessThanOrEqual(storeForMs + defaultCallTimeoutMs);
  expect(seen.lastTryAt).toBeLessThan(abandonedAfterMs);
});

Deno.test("completeSurely() stores a failure in place of an end that the database refuses, with its tokens", async () => {
  const { seen, run } = world(1, refused);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ lost: [refused], now: 0 });
  const failure = {
    ...end,
    content: "",
    run: {
      ...end.run,
      status: "failed",
      error_code: "database_error",
      stop_reason: null,
      provider_stop_reason: null,
    },
  };
  expect(seen.ends).toEqual([end, failure]);
});

Deno.test("completeSurely() stores a failure also where the refusal comes after an outage", async () => {
  const { seen, run } = world(2, away, { then: refused });
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 3, lost: [refused] });
  expect(seen.ends.at(-1)?.run).toMatchObject({ status: "failed", input_tokens: 10 });
});

Deno.test("completeSurely() leaves it at that when the failure is refused too", async () => {
  const { seen, run } = world(Infinity, refused);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 2, lost: [refused] });
});
