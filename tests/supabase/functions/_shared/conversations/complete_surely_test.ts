import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { completeSurely } from "../../../../../supabase/functions/_shared/conversations/complete_surely.ts";
import type {
  StoredAnswer,
  TurnEnd,
} from "../../../../../supabase/functions/_shared/conversations/turn_store.ts";

const end: TurnEnd = {
  questionId: "q",
  attempt: 1,
  answerId: "a",
  pinnedModelId: null,
  movesPin: true,
  modelId: null,
  reason: null,
  fallback: null,
  registryVersion: 1,
  responseTimeMs: 1,
  timeToFirstTokenMs: null,
  outcome: { kind: "failed", errorCode: "internal_error", usage: null },
};
const stored = { id: "a" } as StoredAnswer;
const away = new AppError("database_unavailable");
const refused = new AppError("database_error");

/** A store that fails so many times, then works; time passes at once. */
function world(failures: number, error: AppError, of: TurnEnd = end) {
  const seen = {
    tries: 0,
    waited: 0,
    outcomes: [] as TurnEnd["outcome"][],
    lost: [] as unknown[],
    background: [] as Promise<void>[],
  };
  const complete = ({ outcome }: TurnEnd) => {
    seen.tries += 1;
    seen.outcomes.push(outcome);
    return seen.tries <= failures ? Promise.reject(error) : Promise.resolve(stored);
  };
  const run = () =>
    completeSurely(of, {
      turns: { complete },
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
  expect(await run()).toEqual({ persisted: true, stored });
  expect(seen).toMatchObject({ tries: 1, waited: 0, background: [] });
});

Deno.test("completeSurely() says so at once when the database is away, and goes on in the background", async () => {
  const { seen, run } = world(4, away);
  expect(await run()).toEqual({ persisted: false });
  expect(seen.background.length).toBe(1);
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 5, lost: [] });
});

Deno.test("completeSurely() gives up after about a minute and reports the loss", async () => {
  const { seen, run } = world(Infinity, away);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen.lost).toEqual([away]);
  expect(seen.waited).toBeGreaterThan(60_000);
  expect(seen.waited).toBeLessThan(70_000);
});

Deno.test("completeSurely() stores a failure in place of an end that the database refuses, with its tokens", async () => {
  const usage = {
    inputTokens: 10,
    outputTokens: 5,
    cacheReadTokens: 0,
    cacheWriteTokens: null,
  };
  const answered: TurnEnd = {
    ...end,
    outcome: {
      kind: "complete",
      answer: { blocks: [], stopReason: "end_turn", usage },
    },
  };
  const { seen, run } = world(1, refused, answered);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ lost: [refused], waited: 0 });
  expect(seen.outcomes).toEqual([
    answered.outcome,
    { kind: "failed", errorCode: "database_error", usage },
  ]);
});

Deno.test("completeSurely() leaves it at that when the failure is refused too", async () => {
  const { seen, run } = world(Infinity, refused);
  expect(await run()).toEqual({ persisted: false });
  await Promise.all(seen.background);
  expect(seen).toMatchObject({ tries: 2, lost: [refused] });
});
