import { expect } from "@std/expect";
import type { Erasure } from "../../../../../supabase/functions/_shared/people/erasure.ts";
import { eraseWithin } from "../../../../../supabase/functions/_shared/people/erase_within.ts";

function job(messages: number, objects: number): Erasure {
  const status = messages + objects === 0 ? "done" : "running";
  return {
    erasure_id: 1,
    status,
    left: { conversations: 0, messages, objects, running_turns: 0, limit_windows: 0 },
    receipt: {
      id: 1,
      kind: "user",
      status,
      user_hash: "h",
      conversation_id: null,
      assistant_type: null,
      conversations: 0,
      messages: 0,
      objects: 0,
      limit_windows: 0,
      asked_by_user_id: null,
      asked_by_key_name: null,
      database_role: "service_role",
      begun_at: "2026-11-30T00:00:00Z",
      ended_at: null,
      backups_until: null,
    },
  };
}

/** Batches that leave so much, one after the other. */
function batches(...left: readonly (readonly [number, number])[]) {
  const steps: string[] = [];
  let at = 0;
  return {
    steps,
    eraseBatch: () => {
      const [messages, objects] = left[Math.min(at++, left.length - 1)] ?? [0, 0];
      steps.push("batch");
      return Promise.resolve(job(messages, objects));
    },
    eraseObjects: (removed = 1) => {
      steps.push("objects");
      return Promise.resolve({ removed, failed: 0 });
    },
  };
}

Deno.test("eraseWithin() erases messages first, then what is left in Storage, until all is gone", async () => {
  const { steps, eraseBatch, eraseObjects } = batches([20, 2], [10, 2], [0, 2], [0, 0]);
  const done = await eraseWithin({ eraseBatch, eraseObjects, goesOn: () => true });
  expect(done.status).toBe("done");
  expect(steps).toEqual(["batch", "batch", "batch", "objects", "batch"]);
});

Deno.test("eraseWithin() stops when the time is over, and when nothing moves", async () => {
  const inTime = batches([20, 0], [10, 0], [0, 0]);
  let checks = 0;
  const late = await eraseWithin({ ...inTime, goesOn: () => checks++ < 1 });
  expect([late.status, late.left.messages]).toEqual(["running", 10]);

  const away = batches([0, 2]);
  const stuck = await eraseWithin({
    ...away,
    eraseObjects: () => away.eraseObjects(0),
    goesOn: () => true,
  });
  expect(stuck.status).toBe("running");
  expect(away.steps).toEqual(["batch", "objects", "batch"]);
});
