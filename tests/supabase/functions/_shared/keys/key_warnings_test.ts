import { expect } from "@std/expect";
import { keyWarnings } from "../../../../../supabase/functions/_shared/keys/key_warnings.ts";
import { registryOf } from "../selection/registry_of.ts";

const registry = registryOf({
  lite: { is_default: true, aliases: ["small"] },
  pro: { aliases: ["large"] },
  off: { is_available: false },
}, { health: null, clinical: "pro" });

Deno.test("keyWarnings() says why calls with a key will be refused", () => {
  const none = "No model of the key's scope answers calls for default, which are refused;";
  const table: [string | null, string[] | null, string[]][] = [
    [null, null, []],
    ["health", null, []],
    ["clinical", ["large"], []],
    [null, ["small", "off"], []],
    [null, ["large"], [
      `${none} other names are pro, large, assistant/clinical.`,
    ]],
    ["health", ["off"], [`${none} there is no other name.`]],
  ];
  for (const [assistant_type, models, warnings] of table) {
    expect(keyWarnings(registry, { assistant_type, models })).toEqual(warnings);
  }
});

Deno.test("keyWarnings() says that the key's assistant is not active", () => {
  const assistants = registry.assistants.map((each) => ({ ...each, is_active: false }));
  const idle = { ...registry, assistants };
  expect(keyWarnings(idle, { assistant_type: "health", models: null }))
    .toEqual(["The assistant health is not active: all calls with the key are refused."]);
});
