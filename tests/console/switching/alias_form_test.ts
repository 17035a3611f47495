import { expect } from "@std/expect";
import { problemOfAliases, readAliases } from "../../../console/src/switching/alias_form.ts";

Deno.test("readAliases() takes lines, commas and spaces, and each name once", () => {
  expect(readAliases("")).toEqual([]);
  expect(readAliases(" claude-opus\nfast, small,fast\n")).toEqual(["claude-opus", "fast", "small"]);
});

Deno.test("problemOfAliases() says what is no alias", () => {
  expect(problemOfAliases(["claude-sonnet-4.5", "a:b_C"])).toBeNull();
  expect(problemOfAliases(["a".repeat(128)])).toBeNull();
  for (const wrong of ["assistant/health", "-fast", "ä", "a".repeat(129)]) {
    expect(problemOfAliases(["fast", wrong])).toContain(wrong);
  }
  expect(problemOfAliases(["default"])).toContain("default");
  const many = Array.from({ length: 21 }, (_, index) => `n${index}`);
  expect(problemOfAliases(many)).toContain("20");
  expect(problemOfAliases(many.slice(1))).toBeNull();
});
