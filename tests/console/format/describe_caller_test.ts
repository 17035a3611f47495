import { expect } from "@std/expect";
import { callerId, describeCaller } from "../../../console/src/format/describe_caller.ts";

const nobody = { user_id: null, user_hash: null, api_key_id: null, api_key_name: null };

Deno.test("describeCaller() names users by their id, and keys by their name", () => {
  expect(describeCaller({ ...nobody, user_id: "u" }, "user")).toBe("u");
  expect(describeCaller({ ...nobody, user_hash: "h" }, "user")).toBe("a deleted user");
  expect(describeCaller(nobody, "user")).toContain("no user");
  expect(describeCaller({ ...nobody, api_key_id: "k", api_key_name: "Docs" }, "api_key"))
    .toBe("Docs");
  expect(describeCaller({ ...nobody, api_key_id: "k" }, "api_key")).toBe("k");
  for (const none of [nobody, null]) expect(describeCaller(none, "api_key")).toBe("no API key");
});

Deno.test("callerId() tells deleted users apart", () => {
  expect(callerId({ ...nobody, user_hash: "h" }, "user")).toBe("h");
  expect(callerId({ ...nobody, user_id: "u" }, "user")).toBe("u");
  expect(callerId({ ...nobody, api_key_id: "k" }, "api_key")).toBe("k");
  expect([callerId(null, "user"), callerId(nobody, "api_key")]).toEqual(["", ""]);
});
