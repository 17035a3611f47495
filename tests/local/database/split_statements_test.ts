import { expect } from "@std/expect";
import { splitStatements } from "../../../local/database/split_statements.ts";

const cases: [what: string, script: string, statements: string[]][] = [
  ["one statement each", "select 1; select 2;", ["select 1", "select 2"]],
  ["the last one without a semicolon", "select 1;\nselect 2\n", [
    "select 1",
    "select 2",
  ]],
  ["nothing", " \n;; -- only a remark; really\n", []],
  ["strings", "select 'a;''b;'; select 2", ["select 'a;''b;'", "select 2"]],
  ["escape strings", String.raw`select E'a\';'; select 2`, [
    String.raw`select E'a\';'`,
    "select 2",
  ]],
  ["names", 'select 1 as "a;b"; select 2', ['select 1 as "a;b"', "select 2"]],
  ["line comments", "select 1 -- one; two\n; select 2", [
    "select 1 -- one; two",
    "select 2",
  ]],
  ["nested comments", "/* a; /* b; */ c; */ select 1; select 2", [
    "/* a; /* b; */ c; */ select 1",
    "select 2",
  ]],
  ["dollar quotes", "do $$ begin; end; $$; select 2", [
    "do $$ begin; end; $$",
    "select 2",
  ]],
  ["tagged dollar quotes", "do $a$ $$;$$ ; $a$; select 2", [
    "do $a$ $$;$$ ; $a$",
    "select 2",
  ]],
  ["parameters", "select $1; select $2", ["select $1", "select $2"]],
  [
    "atomic bodies",
    "create function f() begin atomic select 1; select case when a then 1 end; end; select 2",
    [
      "create function f() begin atomic select 1; select case when a then 1 end; end",
      "select 2",
    ],
  ],
  ["a transaction", "begin; select 1; commit;", [
    "begin",
    "select 1",
    "commit",
  ]],
];

for (const [what, script, statements] of cases) {
  Deno.test(`splitStatements() splits ${what}`, () => {
    expect(splitStatements(script)).toEqual(statements);
  });
}
