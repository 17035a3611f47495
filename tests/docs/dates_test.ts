/** No page announces an end with a date: it would be past one day, and still sound as if to come. */
import { expect } from "@std/expect";
import { filesBelow, readSource } from "../support/source_files.ts";

const announced =
  /(?<!--)\b(?:to end|ends?|will end|ending|until)(?: on| by)? (?:\d{4}-\d\d-\d\d|\d{1,2} [A-Z][a-z]+ \d{4})/g;

Deno.test("no page announces an end with a date", () => {
  const pages = filesBelow().filter((path) => path.endsWith(".md") || path === "llms.txt");
  expect(pages).toContain("docs/before-you-open.md");
  for (const page of pages) {
    expect({ page, announced: readSource(page).match(announced) })
      .toEqual({ page, announced: null });
  }
});

Deno.test("an announcement is found in its usual forms, and a past end is none", () => {
  for (const text of ["ends on 2026-07-30", "legacy, end 2026-07-30", "was to end 30 Jul 2026"]) {
    expect(text.match(announced)).toHaveLength(1);
  }
  expect("AWS ended that model on 30 July 2026".match(announced)).toBeNull();
  // A command's option, which the tests of the printed commands play.
  expect("legal-hold ID --until 2099-01-31".match(announced)).toBeNull();
});
