import { expect } from "@std/expect";
import { ApiError } from "../../../console/src/api/api_error.ts";
import { undoError } from "../../../console/src/switching/late_undo.ts";

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
