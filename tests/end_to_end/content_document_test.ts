/** Runs the examples of docs/content.md, and reads its requests by the contract. */
import { join } from "node:path";
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { chatRequestSchema } from "../../supabase/functions/_shared/contract/chat_request.ts";
import { runAskTask } from "../support/asked.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { fencedBlocks } from "../support/markdown.ts";
import { runPageProgram } from "../support/page_program.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const page = Deno.readTextFileSync(join(projectRoot, "docs", "content.md"));
const blocksOf = (wanted: string) =>
  fencedBlocks(page).filter(({ language }) => language === wanted).map(({ text }) => text);

Deno.test("docs/content.md shows one program, on a bucket with the policies that it shows", () =>
  withFreshProject(stack, async (project) => {
    const [policies] = blocksOf("sql");
    await project.sql.unsafe(policies!);
    try {
      await runPageProgram(page, project);
    } finally {
      await project.sql.unsafe(`
        drop policy uploads_insert_own on storage.objects;
        drop policy uploads_select_own on storage.objects;
        set storage.allow_delete_query = 'true';
        delete from storage.objects where bucket_id = 'uploads';
        delete from storage.buckets where id = 'uploads';
      `);
    }
    const sent = (await project.bedrock.requests()).map(({ body }) => JSON.stringify(body));
    // Inline at first; then from Storage, beside the one of the turn before.
    expect(sent[0]?.match(/"png"|image\/png/g)).toHaveLength(1);
    expect(sent[1]?.match(/"png"|image\/png/g)).toHaveLength(2);
  }));

Deno.test("docs/content.md's command attaches a file", () =>
  withFreshProject(stack, async (project) => {
    const [command = "", ...others] = blocksOf("sh");
    expect(others).toEqual([]);
    const [deno, task, ask, ...args] = [...command.matchAll(/"([^"]*)"|(\S+)/g)]
      .map(([, quoted, plain]) => quoted ?? plain!);
    expect([deno, task, ask]).toEqual(["deno", "task", "ask"]);
    const { code, stderr } = await runAskTask(Number(new URL(project.apiUrl).port), ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.stringify((await project.bedrock.requests())[0]?.body)).toContain("png");
  }));

Deno.test("docs/content.md shows requests that chat takes", () => {
  const requests = blocksOf("json").map((text) => JSON.parse(text));
  expect(requests.length).toBeGreaterThan(0);
  for (const request of requests) {
    expect(chatRequestSchema.safeParse(request)).toMatchObject({ success: true });
  }
});
