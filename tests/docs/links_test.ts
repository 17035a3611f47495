import { expect } from "@std/expect";
import { dirname, join, normalize } from "node:path";
import { anchorsOf, fencedBlocks, linksOf } from "../support/markdown.ts";
import { filesBelow, readSource } from "../support/source_files.ts";

const pages = filesBelow().filter((path) => path.endsWith(".md") || path === "llms.txt");

/** Why a link of a page leads nowhere; null if it leads somewhere. */
function problem(page: string, link: string): string | null {
  if (/^(https?|mailto):/.test(link)) return null;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), path));
  const files = filesBelow();
  const isFolder = files.some((file) => file.startsWith(target.replace(/\/?$/, "/")));
  if (!files.includes(target) && !isFolder) return `${page}: there is no ${target}`;
  if (anchor === undefined || anchorsOf(readSource(target)).includes(anchor)) return null;
  return `${page}: ${target} has no heading #${anchor}`;
}

Deno.test("every link between the project's pages leads somewhere", () => {
  for (const page of ["README.md", "AGENTS.md", "SECURITY.md", "CHANGELOG.md", "llms.txt"]) {
    expect(pages).toContain(page);
    expect(linksOf(readSource(page)).length).toBeGreaterThan(2);
  }
  const problems = pages.flatMap((page) =>
    linksOf(readSource(page)).map((link) => problem(page, link))
  ).filter((found) => found !== null);
  expect(problems).toEqual([]);
});

Deno.test("problem() finds pages and headings that are not there", () => {
  expect(problem("README.md", "docs/nowhere.md")).toContain("there is no docs/nowhere.md");
  expect(problem("docs/architecture.md", "../README.md#nothing")).toContain("#nothing");
  expect(problem("docs/architecture.md", "../README.md#run-it")).toBeNull();
  expect(problem("README.md", "docs/decisions/")).toBeNull();
});

Deno.test("linksOf(), anchorsOf() and fencedBlocks() read what they are meant to read", () => {
  const page =
    "# One `two`: (three)\n\n[a](b.md) `[no](code.md)`\n\n```sh\n# no\n[no](c)\n```\n\n## Same\n\n## Same\n\n[r]: d.md\n";
  expect(linksOf(page)).toEqual(["b.md", "d.md"]);
  expect(anchorsOf(page)).toEqual(["one-two-three", "same", "same-1"]);
  expect(fencedBlocks(page)).toEqual([
    { language: "sh", text: "# no\n[no](c)", section: "One `two`: (three)", line: 5 },
  ]);
  expect(() => fencedBlocks("```sh\nopen")).toThrow("line 1 has no end");
});
