/** A second person on the console: a refused switch is proposed, approved by another, and signed. */
import { expect } from "@std/expect";
import {
  asAdmin,
  chooseAction,
  dialogOf,
  openView,
  press,
  signInAs,
  withConsole,
} from "../support/console_page.ts";
import type { FreshProject } from "../support/fresh_project.ts";
import { manage, personas } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const novaLite = "eu.amazon.nova-lite-v1:0";
const novaPro = "eu.amazon.nova-pro-v1:0";

async function protectHealth(project: FreshProject): Promise<void> {
  await manage(project, {
    action: "set-role",
    email: personas.clinician,
    assistant_type: "platform",
  });
  await manage(project, { action: "set-assistant", assistant_type: "health", is_protected: true });
}

async function modelOfHealth({ sql }: FreshProject): Promise<string> {
  const [row] = await sql`
    select model_version from ai_assistants where assistant_type = 'health'`;
  return row?.model_version;
}

Deno.test("a refused switch is proposed instead, and only another admin finds the way to approve it", () =>
  withConsole(stack, async ({ page, project }) => {
    await protectHealth(project);
    const dialog = dialogOf(page);
    await signInAs(page, "admin");
    await page.getByRole("navigation", { name: "Views" }).waitFor();
    await openView(page, "Assistants");
    await page.getByText("protected", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Change the model of Health assistant" }).click();
    await dialog.getByLabel("Answers with").selectOption(novaPro);
    await press(page, "Continue");
    await dialog.getByText("Probe passed.").waitFor();
    await dialog.getByLabel("Reason").fill("Longer answers");
    await press(page, "Assign it");
    await dialog.getByText("approval_required").waitFor();
    await press(page, "Propose it instead");
    await dialog.getByText("waits for another platform admin").waitFor();
    await press(page, "Done");
    expect(await modelOfHealth(project)).toBe(novaLite);

    await openView(page, "Proposals");
    const row = page.getByRole("row").filter({ hasText: "health answers with Amazon Nova Pro" });
    await row.getByText("Reason: Longer answers").waitFor();
    await row.getByRole("button", { name: /^Withdraw proposal/ }).waitFor();
    expect(await row.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Sign out" }).click();

    await signInAs(page, "clinician");
    await page.getByRole("navigation", { name: "Views" }).waitFor();
    await openView(page, "Proposals");
    await row.getByText(personas.admin).waitFor();
    await row.getByRole("button", { name: /^Approve proposal/ }).click();
    await dialog.getByText("Amazon Nova Lite → Amazon Nova Pro, 0 turns in 30 days").waitFor();
    await press(page, "Approve");
    await dialog.getByText("is approved and applied.").waitFor();
    await press(page, "Done");
    await row.getByText("applied", { exact: true }).waitFor();
    expect(await modelOfHealth(project)).toBe(novaPro);
  }));

Deno.test("what went back is signed by another admin, and the audit log shows by whom", () =>
  asAdmin(stack, async ({ page, project }) => {
    await protectHealth(project);
    await manage(project, { action: "disable", model_id: novaLite });
    const dialog = dialogOf(page);
    await openView(page, "Proposals");
    await page.getByRole("table", { name: "Entries to be signed" })
      .getByText("Amazon Nova Lite disabled").waitFor();
    await page.getByRole("button", { name: /^Sign entry/ }).click();
    await press(page, "Sign");
    await dialog.getByText("is signed.").waitFor();
    await press(page, "Done");
    await page.getByText("Nothing waits for a signature.").waitFor();
    await openView(page, "Audit log");
    await page.getByText(`signed by ${personas.admin}`).waitFor();
  }));

Deno.test("a protected assistant's prompt is proposed from its form, and its author may withdraw it", () =>
  asAdmin(stack, async ({ page, project }) => {
    await protectHealth(project);
    const dialog = dialogOf(page);
    await openView(page, "Assistants");
    await page.getByText("protected", { exact: true }).waitFor();
    await chooseAction(page, "Health assistant", "Edit Health assistant");
    await dialog.getByLabel("System prompt").fill("Be brief.");
    await press(page, "Save");
    await dialog.getByText("approval_required").waitFor();
    await press(page, "Propose it instead");
    await dialog.getByText("waits for another platform admin").waitFor();
    await press(page, "Done");
    await openView(page, "Proposals");
    await page.getByText("system prompt: Be brief.").waitFor();
    await page.getByRole("button", { name: /^Withdraw proposal/ }).click();
    await press(page, "Withdraw");
    await dialog.getByText("is rejected.").waitFor();
    const [row] = await project.sql`
      select system_prompt from ai_assistants where assistant_type = 'health'`;
    expect(row?.system_prompt).not.toBe("Be brief.");
  }));
