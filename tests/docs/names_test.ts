/** What the documentation names exists: tasks, variables, files. */
import { expect } from "@std/expect";
import { errorCodes } from "../../supabase/functions/_shared/core/app_error.ts";
import { passedOn } from "../../local/functions/environment.ts";
import { filesBelow, readSource } from "../support/source_files.ts";

const pages = filesBelow().filter((path) => path.endsWith(".md") || path === "llms.txt");
const code = filesBelow().filter((path) =>
  /\.(ts|sh|sql|toml)$/.test(path) && !path.startsWith("tests/")
);

Deno.test("every task that a page names is in deno.json", () => {
  const { tasks } = JSON.parse(readSource("deno.json"));
  const named = pages.flatMap((page) =>
    [...readSource(page).matchAll(/(?:deno|deno@[\d.]+) task ([a-z][a-z:-]*)/g)]
      .map(([, task]) => task!)
  );
  expect(named).toContain("dev");
  expect(named.filter((task) => !Object.hasOwn(tasks, task))).toEqual([]);
});

Deno.test("every variable of the operators' configuration is read somewhere", () => {
  const section = readSource("docs/operate.md").split("\n## Configuration\n")[1]!.split(
    "\n## ",
  )[0]!;
  const stack = readSource("docs/embedded-stack.md");
  const named = new Set(
    [...(section + stack).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, n]) => n!),
  );
  expect(named.size).toBeGreaterThan(20);
  const sources = code.map(readSource).join("\n");
  expect([...named].filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
});

/** The variables that the functions read, by the schemas that read them. */
function readVariables(): string[] {
  const schemas = code.filter((path) => path.startsWith("supabase/functions/")).map(readSource);
  const names = schemas.flatMap((source) =>
    [...source.matchAll(/^ {2}([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): /gm)].map(([, name]) => name!)
  );
  return [...new Set(names)];
}

Deno.test("every variable that the functions read is in the operators' configuration", () => {
  expect(readVariables()).toContain("CHAT_TIMEOUT_MS");
  const page = readSource("docs/operate.md");
  expect(readVariables().filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

Deno.test("every variable of the functions' own is in .env.example, and passed on from the shell", () => {
  const own = readVariables().filter((name) => !name.startsWith("SUPABASE_"));
  const example = readSource("supabase/functions/.env.example");
  expect(own.filter((name) => !example.includes(`\n${name}=`))).toEqual([]);
  // The embedded stack tells its own secret.
  expect(own.filter((name) => !passedOn.includes(name))).toEqual(["JWT_SECRET", "JWT_ISSUER"]);
});

Deno.test("every error code that the remedies name exists", () => {
  const codes: readonly string[] = errorCodes;
  const text = readSource("docs/operate.md");
  const named = [...text.matchAll(/\b[45]\d\d `([a-z_]+)`/g)].map(([, code]) => code!);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !codes.includes(name))).toEqual([]);
});

Deno.test("docs/privacy.md names each table that says whose something is, or who did it", () => {
  const migrations = filesBelow("supabase/migrations").map(readSource).join("\n");
  const whose =
    /^ {2}(?:user_id|owner_id|created_by|(?:user|client)_hash|\w+ed_by\w*|actor_user_id) /m;
  const tables = [...migrations.matchAll(/^create table \w+\.(\w+) \(([^]*?)^\);/gm)]
    .filter(([, , columns]) => whose.test(columns!)).map(([, table]) => table!);
  expect(tables).toContain("ai_user_roles");
  expect(tables.length).toBeGreaterThan(12);
  const page = readSource("docs/privacy.md");
  expect(tables.filter((table) => !page.includes(`\`${table}\``))).toEqual([]);
});
