import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { mostAtOnce } from "../../../../../supabase/functions/_shared/media/object_store.ts";
import { eraseObjects } from "../../../../../supabase/functions/_shared/people/erase_objects.ts";
import type {
  ClaimedObject,
  RemovedObject,
} from "../../../../../supabase/functions/_shared/people/erasing_queue.ts";

/** A queue whose entries are claimed once, and a Storage that holds these paths. */
function world(queued: readonly Omit<ClaimedObject, "id">[], paths: readonly string[]) {
  const stored = new Set(paths);
  const waiting = queued.map((entry, at) => ({ id: at + 1, ...entry }));
  const recorded: RemovedObject[] = [];
  return {
    stored,
    recorded,
    queue: {
      claim: (limit: number) => Promise.resolve(waiting.splice(0, limit)),
      record: (results: readonly RemovedObject[]) => {
        recorded.push(...results);
        return Promise.resolve();
      },
    },
    objects: {
      list: (_bucket: string, folder: string) => {
        const names = [...stored].filter((path) => path.startsWith(`${folder}/`)).sort()
          .map((path) => path.slice(folder.length + 1));
        const objects = names.filter((name) => !name.includes("/"));
        const folders = new Set(
          names.filter((name) => name.includes("/")).map((name) => name.split("/")[0] ?? ""),
        );
        return Promise.resolve({
          objects: objects.slice(0, mostAtOnce),
          folders: [...folders].slice(0, mostAtOnce - Math.min(objects.length, mostAtOnce)),
        });
      },
      remove: (_bucket: string, asked: readonly string[]) => {
        expect(asked.length).toBeLessThanOrEqual(mostAtOnce);
        return Promise.resolve(asked.filter((path) => stored.delete(path)));
      },
    },
  };
}

const always = { now: () => 0, until: 1 };

Deno.test("eraseObjects() removes paths and whole folders, page by page, and counts what was there", async () => {
  const many = Array.from({ length: mostAtOnce * 2 + 1 }, (_, at) => `u/${at}.png`);
  const { stored, recorded, queue, objects } = world(
    [
      { path: "v/a.png", is_prefix: false },
      { path: "v/gone.png", is_prefix: false },
      { path: "u/", is_prefix: true },
      { path: "nothing/", is_prefix: true },
    ],
    [...many, "u/deeper/x.png", "v/a.png", "v/kept.png", "uu/kept.png"],
  );
  expect(await eraseObjects({ queue, objects, ...always })).toEqual({
    removed: many.length + 2,
    failed: 0,
  });
  expect([...stored]).toEqual(["v/kept.png", "uu/kept.png"]);
  expect(recorded).toEqual([
    { id: 1, removed: 1, error: null },
    { id: 2, removed: 0, error: null },
    { id: 3, removed: many.length + 1, error: null },
    { id: 4, removed: 0, error: null },
  ]);
});

Deno.test("eraseObjects() records why Storage did not remove them, and claims no more", async () => {
  const { recorded, queue, objects } = world([
    ...Array.from({ length: 100 }, () => ({ path: "v/a.png", is_prefix: false })),
    { path: "never claimed", is_prefix: false },
  ], []);
  const remove = () => Promise.reject(new AppError("storage_unavailable"));
  expect(await eraseObjects({ queue, objects: { ...objects, remove }, ...always })).toEqual({
    removed: 0,
    failed: 100,
  });
  expect(new Set(recorded.map(({ error }) => error))).toEqual(new Set(["storage_unavailable"]));
  expect(recorded.length).toBe(100);
});

Deno.test("eraseObjects() tells how much of a folder is removed when the time is over", async () => {
  const paths = Array.from({ length: mostAtOnce + 1 }, (_, at) => `u/${at}.png`);
  const { stored, recorded, queue, objects } = world([{ path: "u/", is_prefix: true }], paths);
  // Over after the claim and the first page.
  const clock = [0, 0, 1];
  const now = () => clock.shift() ?? 1;
  expect(await eraseObjects({ queue, objects, now, until: 1 })).toEqual({
    removed: mostAtOnce,
    failed: 1,
  });
  expect(recorded).toEqual([{ id: 1, removed: mostAtOnce, error: "unfinished" }]);
  expect(stored.size).toBe(1);
});
