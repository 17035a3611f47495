import { expect } from "@std/expect";
import { ClientError } from "../../../local/client/client_error.ts";
import { stampsAfter } from "../../../tools/install/stamps.ts";

const now = new Date("2027-03-01T00:00:01Z");

Deno.test("stampsAfter() ends with now where all others are earlier", () => {
  for (const others of [[], ["0001"], ["20240101"], ["20270228235958", "20260101000000"]]) {
    expect(stampsAfter(others, 3, now)).toEqual([
      "20270228235959",
      "20270301000000",
      "20270301000001",
    ]);
  }
});

Deno.test("stampsAfter() follows others that are as late as now, or later", () => {
  expect(stampsAfter(["20270301000000"], 2, now)).toEqual(["20270301000001", "20270301000002"]);
  expect(stampsAfter(["20271231235958"], 3, now)).toEqual([
    "20271231235959",
    "20280101000000",
    "20280101000001",
  ]);
});

Deno.test("stampsAfter() follows a number that is no time", () => {
  expect(stampsAfter(["30009999999999"], 2, now)).toEqual(["30010000000000", "30010000000001"]);
});

Deno.test("stampsAfter() refuses a version that no timestamp follows, but only for a new migration", () => {
  for (const last of ["9", "99999999999999", "300000000000000"]) {
    expect(() => stampsAfter(["20260101000000", last], 1, now)).toThrow(ClientError);
    expect(stampsAfter([last], 0, now)).toEqual([]);
  }
});
