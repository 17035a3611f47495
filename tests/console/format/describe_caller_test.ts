import { expect } from "@std/expect";
import { callerId, describeCaller } from "../../../console/src/format/describe_caller.ts";

const unnamed = { user_id: null, user_hash: null, api_key_id: null, api_key_name: null };

Deno.test("describeCaller() names users by their id, and keys by their name", () => {
  expect(describeCaller({ ...unnamed, user_id: "u" }, "user")).toBe("u");
  expect(describeCaller({ ...unnamed, user_hash: "h" }, "user")).toBe("a deleted user");
  expect(describeCaller(unnamed, "user")).toContain("no user");
  expect(describeCaller({ ...unnamed, api_key_id: "k", api_key_name: "Docs" }, "api_key"))
    .toBe("Docs");
  expect(describeCaller({ ...unnamed, api_key_id: "k" }, "api_key")).toBe("k");
  for (const none of [unnamed, null]) expect(describeCaller(none, "api_key")).toBe("no API key");
});

Deno.test("callerId() tells deleted users apart", () => {
  expect(callerId({ ...unnamed, user_hash: "h" }, "user")).toBe("h");
  expect(callerId({ ...unnamed, user_id: "u" }, "user")).toBe("u");
  expect(callerId({ ...unnamed, api_key_id: "k" }, "api_key")).toBe("k");
  expect([callerId(null, "user"), callerId(unnamed, "api_key")]).toEqual(["", ""]);
});
