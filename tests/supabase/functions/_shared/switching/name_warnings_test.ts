import { expect } from "@std/expect";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import { nameWarnings } from "../../../../../supabase/functions/_shared/switching/name_warnings.ts";
import { registryOf } from "../selection/registry_of.ts";

const before = registryOf({
  lite: { aliases: ["small", "claude-small"] },
  pro: { aliases: ["large"] },
  off: { aliases: ["old"], is_available: false },
}, { health: null });

function allowing(registry: Registry, allowed_models: string[]): Registry {
  const assistants = registry.assistants.map((each) => ({ ...each, allowed_models }));
  return { ...registry, assistants };
}

Deno.test("nameWarnings() says which names are lost, refused or moved, and nothing else", () => {
  const models = (lite: object, pro: object = {}) =>
    registryOf({
      lite: { aliases: ["small", "claude-small"], ...lite },
      pro: { aliases: ["large"], ...pro },
      off: { aliases: ["old"], is_available: false },
    }, { health: null });
  const gone = "Calls for these names are refused, as they mean no model any more:";
  const refused = "Calls for these names are refused, as their model takes no new ones:";
  const table: [Registry, string[]][] = [
    [before, []],
    [models({ aliases: ["small", "claude-small", "more"] }), []],
    [models({ aliases: ["small"] }), [`${gone} claude-small.`]],
    [models({ aliases: [] }), [`${gone} small, claude-small.`]],
    [models({ is_available: false }), [`${refused} small, claude-small.`]],
    [models({ lifecycle: "retired" }, { geographies: ["us"] }), [
      `${refused} small, claude-small, large.`,
    ]],
    [models({ aliases: ["claude-small"] }, { aliases: ["large", "small"] }), [
      "small is a name of pro now, instead of lite.",
    ]],
    // Moved, and its model refused besides: the first says what a caller gets.
    [models({ aliases: ["claude-small"] }, { aliases: ["small"], is_available: false }), [
      `${gone} large.`,
      "small is a name of pro now, instead of lite.",
    ]],
    [registryOf({ pro: { aliases: ["large"] } }), [`${gone} small, claude-small, old.`]],
  ];
  for (const [after, warnings] of table) expect(nameWarnings(before, after)).toEqual(warnings);
});

Deno.test("nameWarnings() names the assistants that allow a name which is lost", () => {
  const after = registryOf(
    { lite: { aliases: ["small"] }, pro: { aliases: ["large"] } },
    { health: null, clinical: null },
  );
  expect(nameWarnings(before, allowing(after, ["old", "small", "lite", "claude-small"])).slice(1))
    .toEqual([
      "health: its allowed_models have names that mean no model any more: claude-small, old.",
      "clinical: its allowed_models have names that mean no model any more: claude-small, old.",
    ]);
  expect(nameWarnings(before, allowing(after, ["small", "lite", "never-there"]))).toHaveLength(1);
});
