import { expect } from "@std/expect";
import { filesBelow, importsOf, withoutComments } from "./source_files.ts";

Deno.test("importsOf() finds every way to import, and none in comments", () => {
  const source = `
    // import { a } from "./comment.ts";
    /** @see import("./doc.ts") and "https://example.test" */
    import { b } from "./b.ts";
    import type {
      C,
    } from './c.ts';
    import "./effect.ts";
    export { d } from "./d.ts";
    export * from "./e.ts";
    export const url = "https://example.test"; // from "./tail.ts"
    const f = await import("./f.ts");
  `;
  expect(importsOf(source).sort())
    .toEqual(["./b.ts", "./c.ts", "./d.ts", "./e.ts", "./effect.ts", "./f.ts"]);
});

Deno.test("withoutComments() keeps URLs and code before a comment", () => {
  expect(withoutComments('const a = "http://b"; // fetch').trim()).toBe('const a = "http://b";');
});

Deno.test("filesBelow() lists the project's files by their path from its root", () => {
  expect(filesBelow("supabase/functions")).toContain("supabase/functions/_shared/core/content.ts");
  expect(filesBelow()).toContain("deno.json");
  expect(filesBelow().some((path) => path.startsWith(".git/"))).toBe(false);
});
