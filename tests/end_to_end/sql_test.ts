import { expect } from "@std/expect";
import { join } from "node:path";
import { ClientError } from "../../local/client/client_error.ts";
import { projectRoot } from "../../local/config.ts";
import { freePort } from "../../local/ports.ts";
import { runSql } from "../../local/sql.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const port = Number(new URL(stack.dbUrl).port);

/** What is printed for a script. */
async function printed(script: string): Promise<string> {
  const lines: string[] = [];
  await runSql(script, port, (text) => lines.push(text));
  return lines.join("\n");
}

Deno.test("runSql() prints rows as a table, and of other statements how many rows they changed", () =>
  withFreshProject(stack, async () => {
    expect(
      await printed(
        "select 1 as n, null as nothing, 'a\nb' as text, '{\"a\":1}'::jsonb as j",
      ),
    )
      .toBe(`n  nothing  text  j\n1  null     a b   {"a":1}\n(1 row)`);
    expect(await printed("select model_id from bedrock_models where false"))
      .toBe(
        "model_id\n(0 rows)",
      );
    expect(
      await printed(
        "update ai_assistants set name = name; select 1 as n; -- the end",
      ),
    )
      .toBe("UPDATE 4\nn\n1\n(1 row)");
    expect(await printed("-- nothing")).toBe("Nothing to do");
  }));

Deno.test("runSql() runs several statements as one transaction, and says why one is refused", () =>
  withFreshProject(stack, async ({ sql }) => {
    const refused = printed(
      "update ai_assistants set name = 'x'; update bedrock_models set is_default = false, is_available = false",
    );
    await expect(refused).rejects.toThrow(ClientError);
    await expect(refused).rejects.toThrow(
      /must stay available.*\(PT409\)\nlast_available_model\n/,
    );
    expect(await sql`select from ai_assistants where name = 'x'`).toHaveLength(
      0,
    );
    await expect(printed("selec 1")).rejects.toThrow(
      'syntax error at or near "selec" (42601)',
    );
  }));

Deno.test("runSql() says that the stack is not running", async () => {
  const nowhere = freePort();
  await expect(runSql("select 1", nowhere, () => {})).rejects.toThrow(
    `The database is not answering at 127.0.0.1:${nowhere}; start the stack with: deno task dev`,
  );
});

Deno.test("deno task sql runs with the permissions of its task", async () => {
  const { tasks } = JSON.parse(
    Deno.readTextFileSync(join(projectRoot, "deno.json")),
  );
  const [, ...command] = tasks.sql.command
    .replace("local/sql.ts", join(projectRoot, "local", "sql.ts")).split(" ");
  const run = (...args: string[]) =>
    runCommand(Deno.execPath(), [...command, ...args], {
      HOME: Deno.env.get("HOME") ?? "",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
      SWITCHBOARD_DB_PORT: String(port),
    });
  expect(await run("select 2 as n")).toMatchObject({
    code: 0,
    stdout: "n\n2\n(1 row)\n",
  });
  expect(await run("selec")).toMatchObject({ code: 1, stdout: "" });
  expect(await run("select 1", "select 2")).toMatchObject({
    code: 2,
    stdout: "",
  });
  // Nothing on standard input.
  expect(await run()).toMatchObject({ code: 2, stdout: "" });
});
