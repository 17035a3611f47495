/** An operator's week with the shell command alone: what else would need SQL. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const opus48 = "eu.anthropic.claude-opus-4-8";
const novaPro = "eu.amazon.nova-pro-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";

/** Runs `switch-bedrock-model.sh`, expects it to succeed, and returns what it prints. */
async function operate(project: FreshProject, ...args: string[]): Promise<string> {
  const program = join(projectRoot, "scripts", "switch-bedrock-model.sh");
  const { code, stdout, stderr } = await runCommand(program, args, {
    SUPABASE_URL: project.apiUrl,
    SUPABASE_SERVICE_KEY: project.keys.secret,
    LC_ALL: "C.UTF-8",
  });
  const errors = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("Warning: "));
  expect({ args, code, errors }).toEqual({ args, code: 0, errors: [] });
  return stdout;
}

Deno.test("switch-bedrock-model.sh takes a model from AWS's list to an assistant, and back", () =>
  withFreshProject(stack, async (project) => {
    expect(await operate(project, "sync")).toMatch(new RegExp(`^ {2}${opus48} {2}`, "m"));
    await operate(project, opus48, "register", "--reason", "asked for by clinicians");
    await operate(project, opus48, "price", "set", "--input", "5.5", "--output", "27.5");
    await operate(
      project,
      ...[opus48, "price", "set", "--output", "30", "--valid-from", "2999-01-01"],
    );
    const prices = await operate(project, opus48, "prices");
    expect(prices).toMatch(/ scheduled +5\.50 +30\.00 /);
    expect(prices).toMatch(/ current +5\.50 +27\.50 /);
    await operate(project, opus48, "enable");
    expect(await operate(project, opus48, "validate", "--probe")).toContain("ok      stream: ");

    const question = "First-line treatment of pneumonia?";
    const tried = await operate(
      project,
      ...[opus48, "try", "clinical", "--with", novaPro, "--message", question],
    );
    expect(tried).toMatch(
      new RegExp(`^${opus48} +complete +[\\d,]+ +[\\d,]+ +\\d+ +\\d+ +0\\.`, "m"),
    );
    expect(tried).toContain(`--- Amazon Nova Pro (${novaPro})\n[stand-in: Amazon Nova Pro]`);

    const foreseen = await operate(project, opus48, "assign", "clinical", "--impact");
    expect(foreseen).toContain(`  clinical: ${claude35} -> ${opus48}; turns in 30 days: 0`);
    const assigned = await operate(project, opus48, "assign", "clinical", "--reason", "better");
    expect(assigned).toContain(`  clinical: ${claude35} -> ${opus48}; turns in 30 days: 0`);

    const { body } = await project.ask("clinician", question);
    expect(body.model.model_id).toBe(opus48);
    for (const id of [body.message.id, body.request_id]) {
      const explained = await operate(project, "explain", id);
      expect(explained).toContain(`  Request: ${body.request_id}\n`);
      expect(explained).toMatch(new RegExp(`^assistant +${opus48} +answered +`, "m"));
    }
    expect(await operate(project, "effects", "--limit", "1")).toContain(`-> ${opus48}\n`);
    expect(await operate(project, "costs", "--by", "month", "--csv"))
      .toMatch(new RegExp(`\\n[\\d-]+T[^,]+,${opus48},clinical,\\d+,0\\.\\d+,0,0,0\\.\\d+\\r\\n`));

    const undone = await operate(project, "rollback");
    expect(undone).toContain(`  clinical answers with ${claude35}\n`);
    expect(undone).toMatch(
      new RegExp(`The next rollback would undo \\d+ of .*: ${opus48} is available`),
    );
  }));

Deno.test("switch-bedrock-model.sh replaces the model that AWS has ended", () =>
  withFreshProject(stack, async (project) => {
    const successor = "eu.anthropic.claude-sonnet-5-5";
    const lifecycle = await operate(project, "lifecycle");
    expect(lifecycle).toContain(`${claude35}  legacy `);
    expect(lifecycle).toContain(`  successor: ${successor}, `);
    const foreseen = await operate(project, claude35, "retire", "--dry-run");
    expect(foreseen).toContain(`would be retired; ${successor} would be in its place.`);
    expect(foreseen).toContain("Model of (1):\n  clinical\n");
    expect(foreseen).toContain("Nothing was changed\n");
    const why = ["--reason", "AWS has ended it"];
    const retired = await operate(project, claude35, "retire", ...why);
    expect(retired).toContain(`is retired; ${successor} is in its place.`);
    expect((await project.ask("clinician", "Hello")).body.model.model_id).toBe(successor);
    const history = await operate(project, "history", "--search", "AWS has ended");
    const words = history.replaceAll(/\s+/g, " ");
    expect(words).toContain(` clinical answers with ${successor} (before: ${claude35}) `);
    expect(words).toContain(
      ` ${claude35} is retired (before: legacy) `,
    );
    await operate(project, "rollback");
    expect((await project.ask("clinician", "Hello again")).body.model.requested_model ?? claude35)
      .toBe(claude35);
  }));

Deno.test("switch-bedrock-model.sh creates an assistant with its prompt, and gives it to a user", () =>
  withFreshProject(stack, async (project) => {
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(file, "You sort questions\nby urgency.\n");
      await operate(
        project,
        ...["assistant", "create", "triage", "--name", "Triage", "--prompt-file", file],
        ...["--temperature", "0.2", "--max-tokens", "300"],
      );
    } finally {
      await Deno.remove(file);
    }
    await operate(project, "role", "set", "clinician@example.com", "triage");
    expect(await operate(project, "roles", "--assistant", "triage"))
      .toMatch(/^clinician@example\.com +triage +\d/m);
    const asked = (await project.ask("clinician", "Hello")).body.message.content;
    expect(asked).toContain("System prompt: “You sort questions");
    expect(asked).toContain("max tokens 300, temperature 0.2");

    // Of the settings only the one that is named.
    await operate(project, "assistant", "set", "triage", "--temperature", "none");
    const changed = (await project.ask("clinician", "Hello")).body.message.content;
    expect(changed).toContain("max tokens 300");
    expect(changed).toContain("temperature 0.7"); // the model's own
    await operate(project, "role", "set", "clinician@example.com", "none");
    expect(await operate(project, "roles")).not.toContain("clinician@example.com");
    expect(await operate(project, "history"))
      .toContain("clinician@example.com has no role (before: role triage)");
  }));
