import { expect } from "@std/expect";
import { isTakenBack } from "../../../console/src/switching/taken_back.ts";

const entry = { action: "set-default", source: "api", is_seeded: false } as const;

Deno.test("isTakenBack() is true of switches, and false of what a rollback leaves as it is", () => {
  for (const action of ["set-default", "assign", "disable", "set-price", "update"]) {
    expect(isTakenBack({ ...entry, action })).toBe(true);
  }
  for (const action of ["update-settings", "set-role", "schedule-price", "adopt-price"]) {
    expect(isTakenBack({ ...entry, action })).toBe(false);
  }
  expect(isTakenBack({ ...entry, action: "retire", source: "chat" })).toBe(false);
  expect(isTakenBack({ ...entry, is_seeded: true })).toBe(false);
});
