import { expect } from "@std/expect";
import { addressOf, parseParameters, parseRoute } from "../../../console/src/state/route.ts";
import { parseTheme } from "../../../console/src/state/theme.ts";

Deno.test("parseRoute() finds the view of an address, and the models for any other", () => {
  expect(["#/usage", "#chat", "#/cost?x=1", "", "#/nowhere"].map(parseRoute))
    .toEqual(["usage", "chat", "cost", "models", "models"]);
});

Deno.test("addressOf() is read back by parseRoute() and parseParameters()", () => {
  const parameters = { search: "a & b?=#", model_id: "eu.x-v1:0" };
  const address = addressOf("audit", parameters);
  expect(parseRoute(address)).toBe("audit");
  expect(parseParameters(address)).toEqual(parameters);
  expect(addressOf("models")).toBe("#/models");
  expect(parseParameters("#/models")).toEqual({});
});

Deno.test("parseTheme() takes nothing but what the console stores", () => {
  expect(["light", "dark", "system", "blue", null].map(parseTheme))
    .toEqual(["light", "dark", "system", "system", "system"]);
});
