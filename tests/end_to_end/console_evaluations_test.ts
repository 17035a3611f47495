/** Evaluations on the console: attached from a file, listed, and required of an assistant. */
import { Buffer } from "node:buffer";
import { expect } from "@std/expect";
import { asAdmin, chooseAction, dialogOf, openView, press } from "../support/console_page.ts";
import { promptfooResult } from "../support/promptfoo_result.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaMicro = "eu.amazon.nova-micro-v1:0";

const file = (text: string) => ({
  name: "result.json",
  mimeType: "application/json",
  buffer: Buffer.from(text),
});

Deno.test("a result of promptfoo is attached from its file, and listed with who attached it", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await openView(page, "Evaluations");
    await page.getByText("There is none.").waitFor();
    await page.getByRole("button", { name: "Attach a result" }).click();
    const attach = dialog.getByRole("button", { name: "Attach it" });
    await dialog.getByLabel("Result file").setInputFiles(file("{}"));
    await dialog.getByText("This is no result of promptfoo").waitFor();
    expect(await attach.isDisabled()).toBe(true);
    const result = promptfooResult(novaMicro, "health", ["passed", "failed", "error"]);
    await dialog.getByLabel("Result file").setInputFiles(file(JSON.stringify(result)));
    await dialog.getByText("Amazon Nova Micro with the prompt of health.").waitFor();
    await dialog.getByLabel("Reason").fill("Before the switch");
    await press(page, "Attach it");
    await dialog.getByText("Amazon Nova Micro passed 1 of 3 cases of Health assistant.").waitFor();
    await press(page, "Done");
    const row = page.getByRole("row").filter({ hasText: novaMicro });
    for (
      const text of ["1 of 3, errors: 1", "failed", "admin@example.com", "Before the switch"]
    ) {
      await row.getByText(text).first().waitFor();
    }
    const [stored] = await project.sql`
      select model_id, passed, failed, errors, actor_key_name from ai_evaluations`;
    expect(stored)
      .toEqual({ model_id: novaMicro, passed: 1, failed: 1, errors: 1, actor_key_name: null });

    // Its prompt changes, and the evaluation is one of another.
    await project.sql`
      update ai_assistants set system_prompt = 'Another.' where assistant_type = 'health'`;
    await row.getByText("another prompt").waitFor();
  }));

Deno.test("an assistant is made to require evaluations, and says so in its row", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await openView(page, "Assistants");
    await chooseAction(page, "Health assistant", "Edit Health assistant");
    await dialog.getByLabel("Only to a model that passed an evaluation").check();
    await dialog.getByLabel("Days for which one counts").fill("30");
    await press(page, "Save");
    await press(page, "Done");
    await page.getByText("another model only with an evaluation, at most 30 days old").waitFor();
    const [row] = await project.sql`
      select requires_evaluation, evaluation_max_age_days from ai_assistants
      where assistant_type = 'health'`;
    expect(row).toEqual({ requires_evaluation: true, evaluation_max_age_days: 30 });
    await openView(page, "Audit log");
    await page.getByText("another model needs a passing evaluation").first().waitFor();
  }));
