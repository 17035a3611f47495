import { expect } from "@std/expect";
import { orderModels, troubleOf, usersOf } from "../../../console/src/format/model_order.ts";
import { listedAssistant, listedModel } from "../registry_views.ts";

const today = "2026-11-26";
const pro = listedModel("Pro", { is_default: true });
const lite = listedModel("Lite");
const assistants = [listedAssistant("platform", null), listedAssistant("health", "lite")];
const registry = (...models: (typeof pro)[]) => ({ models, assistants });

Deno.test("usersOf() gives who has the model as its own, and who follows the default", () => {
  const types = (model: typeof pro) =>
    usersOf(model, { assistants }).map(({ assistant_type }) => assistant_type);
  expect(types(pro)).toEqual(["platform"]);
  expect(types(lite)).toEqual(["health"]);
});

Deno.test("troubleOf() says what is wrong with a model in use, and nothing of one that is not", () => {
  const trouble = (changes: Partial<typeof pro>) => {
    const model = { ...lite, ...changes };
    return troubleOf(model, registry(pro, model), today);
  };
  expect(trouble({})).toBeNull();
  expect(trouble({ lifecycle: "retired" })).toContain("AWS has ended it");
  expect(trouble({ is_available: false })).toContain("no new conversations");
  expect(trouble({ outside: ["us"] })).toContain("geographies");
  expect(trouble({ lifecycle: "legacy", retires_on: "2026-11-26" })).toContain("most regions");
  expect(trouble({ lifecycle: "legacy", retires_on: "2026-11-27" })).toBeNull();
  expect(trouble({ model_id: "spare", lifecycle: "retired" })).toBeNull();
});

Deno.test("orderModels() puts the default on top, then trouble, then what may be switched to", () => {
  const old = listedModel("Old", { lifecycle: "retired" });
  const off = listedModel("Off", { is_available: false });
  const ill = { ...lite, lifecycle: "retired" as const };
  const spare = listedModel("Spare");
  const names = orderModels(registry(old, off, spare, ill, pro), today)
    .map(({ model_name }) => model_name);
  expect(names).toEqual(["Pro", "Lite", "Spare", "Old", "Off"]);
});
