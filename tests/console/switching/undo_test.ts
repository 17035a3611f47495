import { expect } from "@std/expect";
import type { Manage } from "../../../console/src/api/manage_client.ts";
import { undoUnlessChanged } from "../../../console/src/switching/undo.ts";

/** A log whose newest entry of the asked action has this version. */
const logAt = (version: number): Manage =>
  (() => Promise.resolve({ switches: [{ registry_version: version }] })) as unknown as Manage;

Deno.test("undoUnlessChanged() takes a change back, unless a later one would be overwritten", async () => {
  const done: string[] = [];
  const undo = () => {
    done.push("undone");
    return Promise.resolve({ message: "Set back." });
  };
  const change = { action: "update-settings", version: 8 } as const;
  expect(await undoUnlessChanged({ manage: logAt(8) }, change, undo)())
    .toEqual({ message: "Set back." });
  await expect(undoUnlessChanged({ manage: logAt(9) }, change, undo)())
    .rejects.toMatchObject({ code: "registry_changed" });
  expect(done).toEqual(["undone"]);
});
