/** The field tables and the schema of the API's documentation are those of the contract. */
import { expect } from "@std/expect";
import { publishedEvidenceSchema } from "../../tools/evidence_schema.ts";
import { evidenceSchema } from "../../supabase/functions/_shared/switching/evidence.ts";
import { documentedSchemas, markedTables, withFieldTables } from "../../tools/field_tables.ts";
import { readSource } from "../support/source_files.ts";

const pages = ["docs/api.md", "docs/api-fields.md", "docs/app.md"].map((path) => ({
  path,
  text: readSource(path),
}));

Deno.test("the field tables have the fields of the contract, as `deno task docs:fields` writes them", () => {
  for (const { path, text } of pages) {
    expect({ path, text }).toEqual({ path, text: withFieldTables(text) });
  }
});

Deno.test("every schema of the contract has its table of fields, once", () => {
  const marked = pages.flatMap(({ text }) => markedTables(text));
  expect(marked.toSorted()).toEqual(Object.keys(documentedSchemas).toSorted());
});

Deno.test("docs/evidence.schema.json is the contract's, as `deno task docs:fields` writes it", () => {
  const published = readSource("docs/evidence.schema.json");
  expect(published).toBe(publishedEvidenceSchema());
  const { properties } = JSON.parse(published);
  expect(Object.keys(properties)).toEqual(Object.keys(evidenceSchema.shape));
});

Deno.test("every field of the documentation has a meaning", () => {
  for (const { path, text } of pages) {
    const [, ...tables] = text.split("<!-- fields: ");
    const rows = tables.flatMap((table) => table.split("\n").filter((line) => /^\| `/.test(line)));
    expect(rows.length).toBeGreaterThan(0);
    const empty = rows.filter((row) => /\| +\|$/.test(row));
    expect({ path, empty }).toEqual({ path, empty: [] });
  }
});

Deno.test("withFieldTables() writes a new field, keeps what is written by hand, and drops old fields", () => {
  const page = `Before.

<!-- fields: chat event text-delta -->

| field  | type | required | meaning        |
| ------ | ---- | -------- | -------------- |
| \`text\` | ?    | no       | By hand, once. |
| \`old\`  | ?    | no       | Gone.          |

After.
`;
  expect(withFieldTables(page)).toBe(`Before.

<!-- fields: chat event text-delta -->

| field  | type   | required | meaning        |
| ------ | ------ | -------- | -------------- |
| \`text\` | string | yes      | By hand, once. |

After.
`);
  expect(() => withFieldTables("<!-- fields: no such -->\n\n")).toThrow("no such");
});
