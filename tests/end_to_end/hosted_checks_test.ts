/**
 * Runs what the pages print to check a hosted project, with the secrets that it reads, against the
 * stack of the tests: only the project's URL and publishable key are others.
 */
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { projectRef } from "../support/management_api.ts";
import { blocksRunBy } from "../support/printed_commands.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const path = "tests/end_to_end/hosted_checks_test.ts";

/** Runs a page's checks in one terminal, and types what they read. */
async function runChecks(page: string, typed: readonly string[]): Promise<string> {
  const script = blocksRunBy(path, page).map(({ text }) => text).join("\n")
    .replaceAll(`https://${projectRef}.supabase.co`, stack.apiUrl)
    .replaceAll(/sb_publishable_\w+/g, stack.keys.publishable);
  const process = new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", script],
    cwd: projectRoot,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", NO_PROXY: "127.0.0.1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(typed.map((line) => `${line}\n`).join("")));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  const text = new TextDecoder();
  expect({ page, code, stderr: text.decode(stderr) }).toEqual({ page, code: 0, stderr: "" });
  const printed = text.decode(stdout);
  for (const secret of typed) expect(printed).not.toContain(secret);
  return printed;
}

Deno.test("docs/deploy.md's check lists the models", () =>
  withFreshProject(stack, async () => {
    expect(await runChecks("docs/deploy.md", [stack.keys.secret])).toContain("11 models; prices");
  }));

Deno.test("docs/aws.md's checks show the default model, and an answer", () =>
  withFreshProject(stack, async () => {
    const printed = await runChecks("docs/aws.md", [stack.keys.secret, "switchboard"]);
    expect(printed).toContain("Default: Amazon Nova Pro");
    expect(printed).toContain("You wrote: “What is a vaccine?”");
  }));
