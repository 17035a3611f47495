import { expect } from "@std/expect";
import { listModels } from "../../../../../supabase/functions/_shared/registry/list_models.ts";

const ids = (count: number) => Array.from({ length: count }, (_, n) => `m${n + 1}`);

Deno.test("listModels() names at most twenty models, and how many more there are", () => {
  expect(listModels([])).toBe("none");
  expect(listModels(["a", "b"])).toBe("a, b");
  expect(listModels(ids(20))).toBe(ids(20).join(", "));
  expect(listModels(ids(23))).toBe(`${ids(20).join(", ")} and 3 more`);
});
