/** Runs the examples of docs/app.md as one program, and compares its columns with the grants. */
import { join } from "node:path";
import { expect } from "@std/expect";
import { createClient } from "@supabase/supabase-js";
import { projectRoot } from "../../local/config.ts";
import {
  storedConversationSchema,
  storedMessageSchema,
} from "../../supabase/functions/_shared/contract/stored_rows.ts";
import { expectShape } from "../support/contract.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { fencedBlocks, tableRows } from "../support/markdown.ts";
import { runPageProgram } from "../support/page_program.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const page = Deno.readTextFileSync(join(projectRoot, "docs", "app.md"));
const blocks = fencedBlocks(page);

Deno.test("docs/app.md shows one program, and what it prints", () =>
  withFreshProject(stack, async (project) => {
    const languages = blocks.map(({ language }) => language);
    expect(languages.filter((language) => language !== "ts" && language !== "text")).toEqual([]);
    expect(languages.filter((language) => language === "text").length).toBeGreaterThan(5);
    await runPageProgram(page, project);
    expect(await project.sql`select from ai_conversations`).toHaveLength(0);
    expect(await project.sql`select from ai_usage`).toHaveLength(2);
  }));

/** The columns of a table that signed-in users may select. */
async function readableColumns({ sql }: FreshProject, table: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select a.attname as name
    from pg_attribute as a
    where a.attrelid = ${`public.${table}`}::regclass and a.attnum > 0 and not a.attisdropped
      and has_column_privilege('authenticated', a.attrelid, a.attnum, 'SELECT')`;
  return rows.map(({ name }) => name).sort();
}

Deno.test("the contract's rows have every column that users read, in the shape that the API gives", () =>
  withFreshProject(stack, async (project) => {
    await project.ask("patient", "A question");
    const token = await project.token("patient");
    const client = createClient(project.apiUrl, project.keys.publishable, {
      accessToken: () => Promise.resolve(token),
    });
    const tables = [
      ["ai_conversations", storedConversationSchema],
      ["ai_messages", storedMessageSchema],
    ] as const;
    for (const [table, schema] of tables) {
      const columns = Object.keys(schema.shape);
      expect(columns.toSorted()).toEqual(await readableColumns(project, table));
      const { data, error } = await client.from(table).select(columns.join(","));
      expect(error).toBeNull();
      expect(data?.length).toBeGreaterThan(0);
      // The embedded API tells numerics as text where PostgREST tells numbers.
      for (const row of data ?? []) {
        const { cost_usd, ...rest } = row as unknown as Record<string, unknown>;
        const cost = typeof cost_usd === "string" ? Number(cost_usd) : cost_usd;
        expectShape(schema, cost_usd === undefined ? rest : { ...rest, cost_usd: cost });
      }
    }
    // Every column of a conversation is a user's; messages have some that are not.
    for (const columns of ["*", "blocks"]) {
      const hidden = await client.from("ai_messages").select(columns);
      expect([columns, hidden.error?.code, hidden.status]).toEqual([columns, "42501", 403]);
    }
  }));

Deno.test("docs/app.md names the columns of every other table that users read", () =>
  withFreshProject(stack, async (project) => {
    for (const [table = "", columns = ""] of tableRows(page, "table")) {
      const readable = await readableColumns(project, table);
      if (columns.includes('select("*")')) {
        const all = await project.sql`
          select from pg_attribute
          where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped`;
        expect(readable.length).toBe(all.length);
        continue;
      }
      expect({ table, columns: columns.replaceAll("`", "").split(", ").sort() }).toEqual({
        table,
        columns: readable,
      });
    }
  }));

Deno.test("the API tells a user why a title or a deletion is refused", () =>
  withFreshProject(stack, async (project) => {
    const { body } = await project.ask("patient", "A question");
    const token = await project.token("patient");
    const client = createClient(project.apiUrl, project.keys.publishable, {
      accessToken: () => Promise.resolve(token),
    });
    const conversations = () => client.from("ai_conversations");
    const title = await conversations().update({ title: "x".repeat(201) })
      .eq("id", body.conversation_id);
    expect([title.status, title.error?.code]).toEqual([400, "23514"]);
    const pin = await conversations().update({ model_id: null }).eq("id", body.conversation_id);
    expect([pin.status, pin.error?.code]).toEqual([403, "42501"]);
    await project.sql`
      insert into ai_legal_holds (user_id, reason)
      select user_id, 'Case 12' from ai_conversations where id = ${body.conversation_id}`;
    const deletion = await conversations().delete().eq("id", body.conversation_id);
    expect([deletion.status, deletion.error?.code, deletion.error?.details])
      .toEqual([409, "PT409", "legal_hold"]);
    const admin = createClient(project.apiUrl, project.keys.publishable, {
      accessToken: () => project.token("admin"),
    });
    const foreign = await admin.from("ai_conversations").delete().eq("id", body.conversation_id)
      .select("id");
    expect([foreign.status, foreign.data]).toEqual([200, []]);
  }));
