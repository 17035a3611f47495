import { expect } from "@std/expect";
import { parseRoute } from "../../../console/src/state/route.ts";
import { parseTheme } from "../../../console/src/state/theme.ts";

Deno.test("parseRoute() finds the view of an address, and the models for any other", () => {
  expect(["#/usage", "#chat", "#/cost?x=1", "", "#/nowhere"].map(parseRoute))
    .toEqual(["usage", "chat", "cost", "models", "models"]);
});

Deno.test("parseTheme() takes nothing but what the console stores", () => {
  expect(["light", "dark", "system", "blue", null].map(parseTheme))
    .toEqual(["light", "dark", "system", "system", "system"]);
});
