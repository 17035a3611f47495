import { expect } from "@std/expect";
import fc from "fast-check";
import { nameTools } from "../../../../../supabase/functions/_shared/formats/tool_names.ts";
import { answerOf, toolUse } from "./blocks.ts";

const called = (...names: string[]) => [answerOf("m", ...names.map((name) => toolUse("a", name)))];

Deno.test("nameTools() keeps names that fit and replaces other characters", () => {
  const { models, callers } = nameTools(
    ["find_bed", "mcp.beds/find"],
    called("old tool"),
    "hyphen",
  );
  expect([...models]).toEqual([
    ["find_bed", "find_bed"],
    ["mcp.beds/find", "mcp_beds_find"],
    ["old tool", "old_tool"],
  ]);
  expect([...callers].map(([model, caller]) => [caller, model])).toEqual([...models]);
});

Deno.test("nameTools() gives a sent tool its own name before another that would come to it", () => {
  const { models } = nameTools(["a.b", "a_b"], called("a/b"), "hyphen");
  expect(models.get("a_b")).toBe("a_b");
  expect(models.get("a.b")).toMatch(/^a_b_[a-z0-9]+$/);
  expect(models.get("a/b")).toMatch(/^a_b_[a-z0-9]+$/);
});

Deno.test("nameTools() gives any names distinct ones that the model accepts, and knows the way back", () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 5 }),
    fc.string({ minLength: 60, maxLength: 200, unit: "binary" }),
    fc.constantFrom("a-b", "a_b", "a.b", "\uDC00", "日本"),
  );
  const names = fc.uniqueArray(name, { maxLength: 20 });
  const rule = fc.constantFrom("hyphen" as const, "underscore" as const);
  fc.assert(fc.property(names, fc.array(name, { maxLength: 10 }), rule, (sent, history, rule) => {
    const { models, callers } = nameTools(sent, called(...history), rule);
    const all = [...new Set([...sent, ...history])];
    const pattern = rule === "hyphen" ? /^[a-zA-Z0-9_-]{1,64}$/ : /^[a-zA-Z0-9_]{1,64}$/;
    expect(models.size).toBe(all.length);
    expect(callers.size).toBe(all.length);
    for (const name of all) {
      const safe = models.get(name) ?? "";
      expect(safe).toMatch(pattern);
      expect(callers.get(safe)).toBe(name);
    }
    expect([...nameTools(sent, called(...history), rule).models]).toEqual([...models]);
  }));
});
