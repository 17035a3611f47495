/** Runs the commands of docs/friday.md as they stand, in order. */
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { blocksRunBy } from "../support/printed_commands.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const nova2Lite = "eu.amazon.nova-2-lite-v1:0";

Deno.test("every line of docs/friday.md does what the page says, and leaves the former default", () =>
  withFreshProject(stack, async ({ sql, ask }) => {
    const run = async (text: string) => {
      const script = `set -e\ncd '${projectRoot}'\n${text}`;
      const { code, stdout, stderr } = await runCommand("bash", ["-c", script], {
        SUPABASE_URL: stack.apiUrl,
        SUPABASE_SERVICE_KEY: stack.keys.secret,
      });
      expect({ text, code, stderr: code === 0 ? "" : stderr }).toEqual({
        text,
        code: 0,
        stderr: "",
      });
      return stdout;
    };
    const outcomes = async () =>
      (await sql`select outcome from ai_rollouts order by id`).map((row) => row.outcome);
    const standard = async () =>
      (await sql`select model_id from bedrock_models where is_default`)[0]!.model_id;
    const blocks = blocksRunBy("tests/end_to_end/friday_test.ts");
    expect(blocks.map(({ section }) => section))
      .toEqual(["Before", "Friday", "Monday", "Back", "When it cannot wait"]);
    const [before, friday, monday, back, atOnce] = blocks.map(({ text }) => text);

    expect(await run(before!)).toContain("Nothing was changed\n");
    expect(await outcomes()).toEqual([]);

    const started = await run(friday!);
    expect(started).toContain(`${nova2Lite} gets 10 % of the new conversations and calls`);
    expect(started).toMatch(/^1 +default .* 10 % +under way +undecided$/m);
    expect(await standard()).toBe(novaPro);
    expect((await ask("admin", "Is it safe?")).status).toBe(200);
    await sql`select public.tick()`;

    const looked = await run(monday!);
    expect(looked).toContain("CONVERSATIONS AND CALLS");
    expect(looked).toContain("Rollout 1 is promoted");
    expect(await outcomes()).toEqual(["promoted"]);

    expect(await run(back!)).toContain("Rollout 2 is reverted");
    expect(await outcomes()).toEqual(["promoted", "reverted"]);
    expect(await standard()).toBe(novaPro);

    const watched = await run(atOnce!);
    expect(watched).toMatch(/^3 +default .* watched until /m);
    expect(await outcomes()).toEqual(["promoted", "reverted", "reverted"]);
    expect(await standard()).toBe(novaPro);
  }));
