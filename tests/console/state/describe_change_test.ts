import { expect } from "@std/expect";
import { describeChange } from "../../../console/src/state/describe_change.ts";
import type { RegistryView } from "../../../console/src/state/registry.ts";
import { listedAssistant, listedModel, registryView } from "../registry_views.ts";

function after(changes: Partial<RegistryView>): string {
  return describeChange(registryView, { ...registryView, version: 4, ...changes });
}

Deno.test("describeChange() names a new default once", () => {
  const models = [listedModel("Pro"), listedModel("Lite", { is_default: true })];
  expect(after({ models })).toBe("Lite is now the default.");
});

Deno.test("describeChange() names models and assistants that changed", () => {
  const [pro] = registryView.models;
  expect(after({ models: [pro!, listedModel("Lite", { is_available: false })] }))
    .toBe("Lite is now disabled.");
  expect(after({ assistants: [listedAssistant("platform", "lite")] }))
    .toBe("The platform one now answers with Lite.");
  expect(after({ assistants: [listedAssistant("health", null)] }))
    .toBe("The health one now follows the default.");
  expect(after({ models: [...registryView.models, listedModel("New")] })).toBe("New was added.");
});

Deno.test("describeChange() says that there was a change where it shows nowhere", () => {
  expect(after({})).toBe("The registry was changed.");
});

Deno.test("describeChange() counts what would be too much to read", () => {
  const added = ["A", "B", "C", "D"].map((name) => listedModel(name));
  expect(after({ models: [...registryView.models, ...added] }))
    .toBe("A was added. B was added. And 2 more changes.");
});
