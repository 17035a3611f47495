/** Runs the app of docs/tools.md, whose model calls a tool, on answers that are scripted. */
import { join } from "node:path";
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { runPageProgram } from "../support/page_program.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const page = Deno.readTextFileSync(join(projectRoot, "docs", "tools.md"));
const model = "eu.amazon.nova-lite-v1:0";

/** The model calls the tool, and then says what it got. */
async function scriptRound(
  { bedrock }: FreshProject,
  input: Record<string, string>,
  answer: string,
): Promise<void> {
  await bedrock.scriptAnswer(
    {
      content: [{ type: "tool_use", id: `call_${input.department}`, name: "opening_hours", input }],
    },
    { model },
  );
  await bedrock.scriptAnswer({ content: [{ type: "text", text: answer }] }, { model });
}

Deno.test("docs/tools.md is an app with a tool, whose results reach the model", () =>
  withFreshProject(stack, async (project) => {
    await scriptRound(
      project,
      { department: "pharmacy", day: "Saturday" },
      "The pharmacy is open from 8:00 to 18:00 on Saturday.",
    );
    await scriptRound(
      project,
      { department: "radiology", day: "Monday" },
      "Radiology is open from 7:30 to 16:00 on Monday.",
    );
    await runPageProgram(page, project);

    const sent = (await project.bedrock.requests()).map(({ body }) => JSON.stringify(body));
    expect(sent).toHaveLength(4);
    expect(sent.every((body) => body.includes('"opening_hours"'))).toBe(true);
    expect(sent[1]).toContain("8:00 to 18:00");
    expect(sent[3]).toContain("7:30 to 16:00");
    const stored = await project.sql`
      select stop_reason from ai_messages where role = 'assistant' order by created_at`;
    expect(stored.map(({ stop_reason }) => stop_reason))
      .toEqual(["tool_use", "end_turn", "tool_use", "end_turn"]);
  }));
