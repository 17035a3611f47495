/** What uses the contract loads no more of it than it needs. */
import { expect } from "@std/expect";
import { filesBelow, importsOf, readSource, withoutComments } from "../../support/source_files.ts";

/** The source without `import type` and `export type … from`, which leave nothing at run time. */
function withoutTypeImports(source: string): string {
  return withoutComments(source).replace(/\b(?:import|export)\s+type\b[^;]*;/g, "");
}

/** Every module that is loaded with a module. */
function loadedWith(path: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const specifier of importsOf(withoutTypeImports(readSource(path)))) {
    if (!specifier.startsWith(".")) continue;
    loadedWith(new URL(specifier, `file:///${path}`).pathname.slice(1), seen);
  }
  return seen;
}

/** Loaded by the console, too, so that it and `chat` judge files alike: no package. */
const shared = "supabase/functions/_shared";
const judgesOfFiles = [`${shared}/core/media_limits.ts`, `${shared}/media/media_type.ts`];

Deno.test("the console takes types only from the functions, and what judges files", () => {
  const sources = filesBelow("console/src").filter((path) => /\.tsx?$/.test(path));
  const loaded = sources.flatMap((path) =>
    importsOf(withoutTypeImports(readSource(path)))
      .filter((specifier) => specifier.includes("supabase/functions"))
      .filter((specifier) => !judgesOfFiles.some((path) => specifier.endsWith(path)))
      .map((specifier) => `${path} loads ${specifier}`)
  );
  expect(loaded).toEqual([]);
  const parts = new Set(judgesOfFiles.flatMap((path) => [...loadedWith(path)]));
  expect([...parts].toSorted()).toEqual([
    `${shared}/core/content.ts`,
    `${shared}/core/image_size.ts`,
    ...judgesOfFiles,
  ]);
});

Deno.test("chat loads of the contract the schemas of its request only", () => {
  const loaded = [...loadedWith("supabase/functions/chat/index.ts")]
    .filter((path) => path.includes("/contract/"));
  expect(loaded.map((path) => path.split("/").at(-1)).toSorted())
    .toEqual(["chat_request.ts", "content.ts", "plain_text.ts", "request_fields.ts"]);
});
