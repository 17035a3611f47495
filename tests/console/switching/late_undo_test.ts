import { expect } from "@std/expect";
import { ApiError } from "../../../console/src/api/api_error.ts";
import type { Manage } from "../../../console/src/api/manage_client.ts";
import { undoError, undoUnlessChanged } from "../../../console/src/switching/late_undo.ts";

Deno.test("undoError() says that an undo came too late, and leaves other failures as they are", () => {
  const changed = new ApiError("registry_changed", "The registry is at version 9.", {
    status: 409,
    requestId: "r",
  });
  expect(undoError(changed)).toMatchObject({
    code: "registry_changed",
    message: "It is too late to undo this here: something else was changed since.",
    status: 409,
    requestId: "r",
  });
  expect(undoError(changed).hint).toContain("Nothing was undone");
  const other = new ApiError("model_retired", "AWS has retired it.");
  expect(undoError(other)).toBe(other);
});

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
