import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { completeSurely } from "../../../../../supabase/functions/_shared/conversations/complete_surely.ts";
import type {
  StoredAnswer,
  TurnEnd,
  TurnStore,
} from "../../../../../supabase/functions/_shared/conversations/turn_store.ts";

const end: TurnEnd = {
  questionId: "q",
  pinnedModelId: null,
  modelId: null,
  reason: null,
  registryVersion: 1,
  responseTimeMs: 1,
  timeToFirstTokenMs: null,
  outcome: { kind: "failed", errorCode: "internal_error" },
};
const stored = { id: "a" } as StoredAnswer;
const away = new AppError("database_unavailable");
const refused = new AppError("database_error");

/** A store that fails so many times, then works; time passes at once. */
function world(failures: number, error: AppError) {
  const seen = { tries: 0, waited: 0, lost: [] as unknown[], background: [] as Promise<void>[] };
  const turns = {
    complete: () => {
      seen.tries += 1;
      return seen.tries <= failures ? Promise.reject(error) : Promise.resolve(stored);
    },
  } as Pick<TurnStore, "complete"> as TurnStore;
  const run = () =>
    completeSurely(end, {
      turns,
      sleep: (ms) => {
        seen.waited += ms;
        return Promise.resolve();
      },
      continueInBackground: (work) => void seen.background.push(work),
      reportLoss: (_questionId, error) => void seen.lost.push(error),
    });
  return { seen, run };
}

Deno.test("completeSurely() stores at the first try where it can", async () => {
  const { seen, run } = world(0, away);
  expect(await run()).toBe(stored);
  expect(seen).toMatchObject({ tries: 1, waited: 0, background: [] });
});

Deno.test("completeSurely() tries again while the database is away for a moment", async () => {
  const { seen, run } = world(2, away);
  expect(await run()).toBe(stored);
  expect(seen).toMatchObject({ tries: 3, waited: 1000, background: [] });
});

Deno.test("completeSurely() tells the caller and goes on in the background when it stays away", async () => {
  const { seen, run } = world(6, away);
  await expect(run()).rejects.toBe(away);
  expect(seen.background.length).toBe(1);
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 7, lost: [] });
});

Deno.test("completeSurely() gives up after about a minute and reports the loss", async () => {
  const { seen, run } = world(Infinity, away);
  await expect(run()).rejects.toBe(away);
  await Promise.all(seen.background);
  expect(seen.lost).toEqual([away]);
  expect(seen.waited).toBeGreaterThan(60_000);
  expect(seen.waited).toBeLessThan(90_000);
});

Deno.test("completeSurely() does not repeat a write that the database refuses", async () => {
  const { seen, run } = world(Infinity, refused);
  await expect(run()).rejects.toBe(refused);
  expect(seen).toMatchObject({ tries: 1, lost: [refused], background: [] });
});
