import { Buffer } from "node:buffer";
import { expect } from "@std/expect";
import axe from "axe-core";
import type { Page } from "playwright-core";
import {
  asAdmin,
  chooseAction,
  desktop,
  eventually,
  openView,
  phone,
  signInAs,
  withConsole,
} from "../support/console_page.ts";
import { playTurns } from "../support/played_turns.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { promptfooResult } from "../support/promptfoo_result.ts";
import { tinyPng } from "../support/tiny_png.ts";

const stack = testStack();

const novaMicro = "eu.amazon.nova-micro-v1:0";

/** Every rule, and those whose findings depend on colours. */
const rules = {
  all: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  colours: ["color-contrast", "link-in-text-block"],
};

/** What axe-core finds on the page, one line each. */
async function violations(page: Page, runOnly: readonly string[]): Promise<string[]> {
  // It stays until the page is loaded again, and takes longer to come than to look.
  if (!await page.evaluate("'axe' in globalThis")) await page.evaluate(axe.source);
  // Of what passes it need not find out more: that takes longer than the rules.
  const options = { runOnly, resultTypes: ["violations"] };
  const results = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)})`,
  ) as axe.AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)
  );
}

/**
 * Looks at what is shown now, on a desktop and on a phone: no violation, none of colours in the other
 * scheme, in which all else is the same, and nothing wider than the window. It stays a phone.
 */
async function expectAccessible(page: Page, where: string): Promise<void> {
  for (const [device, viewport] of Object.entries({ desktop, phone })) {
    await page.setViewportSize(viewport);
    for (const [colorScheme, runOnly] of [["dark", rules.colours], ["light", rules.all]] as const) {
      await page.emulateMedia({ colorScheme });
      // Behind a dialog that fills the window the page itself may have no height.
      await page.locator(`html[data-scheme="${colorScheme}"]`).waitFor({ state: "attached" });
      expect([where, device, colorScheme, await violations(page, runOnly)])
        .toEqual([where, device, colorScheme, []]);
    }
    const width = () => page.evaluate("document.documentElement.scrollWidth");
    // Charts follow the window.
    await eventually(async () => await width() === viewport.width).catch(() => {});
    expect([where, device, await width()]).toEqual([where, device, viewport.width]);
  }
}

/** Opens each view, until it shows what it has. */
async function visitViews(page: Page, look: (view: string) => Promise<void>): Promise<void> {
  await look("Models");
  await openView(page, "Assistants");
  await look("Assistants");
  await openView(page, "Catalog");
  await page.getByRole("table", { name: "Models of AWS" }).waitFor();
  await look("Catalog");
  await openView(page, "Roles");
  await page.getByRole("table", { name: "Roles" }).waitFor();
  await look("Roles");
  await openView(page, "Keys");
  await page.getByRole("table", { name: "Keys" }).waitFor();
  await look("Keys");
  await openView(page, "Limits");
  await page.getByRole("meter").first().waitFor();
  await look("Limits");
  await openView(page, "People");
  await page.getByRole("table", { name: "Legal holds" }).waitFor();
  await page.getByRole("table", { name: "Erasures and their receipts" }).waitFor();
  await look("People");
  await openView(page, "Alerts");
  await page.getByRole("table", { name: "Open alerts" }).waitFor();
  await page.getByText("Data retention mode of the AWS account").waitFor();
  await page.getByRole("table", { name: "Steps of the tick" }).waitFor();
  await look("Alerts");
  await openView(page, "Proposals");
  await page.getByText("Nothing was proposed yet.").waitFor();
  await look("Proposals");
  await openView(page, "Rollouts");
  await look("Rollouts");
  await openView(page, "Settings");
  await look("Settings");
  await openView(page, "Trials");
  await page.getByLabel("Question").fill("Which model answers me?");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByRole("listitem", { name: /^Answer of/ }).first().waitFor();
  await look("Trials");
  await openView(page, "Evaluations");
  await page.getByRole("table", { name: "Evaluations" }).waitFor();
  await look("Evaluations");
  await openView(page, "Audit log");
  await page.getByRole("table").waitFor();
  await page.getByRole("button", { name: "Verify the log" }).click();
  await page.getByText("are as they were written").waitFor();
  await look("Audit log");
  for (const view of ["Usage", "Cost", "Performance"]) {
    await openView(page, view);
    await page.locator("canvas").waitFor();
    await page.getByText("Figures as a table").click();
    if (view === "Cost") {
      await page.getByLabel("Everything answered by").selectOption({ index: 3 });
      await page.getByRole("table", { name: "The comparison" }).waitFor();
    }
    if (view === "Performance") await page.getByRole("table", { name: "Switches" }).waitFor();
    await look(view);
  }
  await openView(page, "Chat");
  await page.getByLabel("Question").fill("Which model answers me?");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("because it is the default").waitFor();
  await look("Chat");
  await page.getByRole("link", { name: "Explain this answer" }).last().click();
  await page.getByRole("heading", { level: 1, name: "Explain" }).waitFor();
  await page.getByRole("listitem").filter({ hasText: "answered" }).first().waitFor();
  await page.getByRole("button", { name: "Save evidence" }).waitFor();
  await look("Explain");
}

/** Opens each dialog of the view of people, until nothing that was entered is left. */
async function lookAtPeople(page: Page): Promise<void> {
  const dialog = page.getByRole("dialog");
  const user = dialog.getByLabel("User: id, or e-mail address");
  await openView(page, "People");
  await page.getByRole("button", { name: "Export a user" }).click();
  await user.fill("nobody@example.com");
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  await dialog.getByRole("alert").waitFor();
  await expectAccessible(page, "a refused export");
  await user.fill("patient@example.com");
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  await dialog.getByText("The export is saved.").waitFor();
  await expectAccessible(page, "an export");
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Set a hold" }).click();
  await user.fill("patient@example.com");
  await dialog.getByLabel("Reason").fill("Case 12");
  await expectAccessible(page, "a legal hold");
  await dialog.getByRole("button", { name: "Set the hold" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Remove the hold on patient@example.com" }).click();
  await expectAccessible(page, "removing a hold");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Erase a user" }).click();
  await user.fill("patient@example.com");
  await dialog.getByLabel("Erase all conversations of patient@example.com").check();
  await dialog.getByRole("button", { name: "Erase for good" }).click();
  await dialog.getByRole("alert").getByText("legal_hold").waitFor();
  await expectAccessible(page, "a refused erasure");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.getByRole("button", { name: "Discard it" }).click();
  await page.getByRole("button", { name: "Change the retention of health" }).click();
  await dialog.getByLabel("Days after the last turn").fill("30");
  await expectAccessible(page, "an assistant's retention");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.getByRole("button", { name: "Discard it" }).click();
}

const markdown = `### Dose

1. **One** [tablet](https://example.com)
2. \`x\`

> a long line of code:

\`\`\`
${"x = 1; ".repeat(60)}
\`\`\`

| drug | dose |
|------|-----:|
| a | 5 mg |`;

Deno.test("axe-core finds nothing in any view of the console, on a desktop and a phone", () =>
  asAdmin(stack, async ({ page, project }) => {
    await playTurns(project);
    await manage(project, { action: "create-api-key", name: "Docs bot", dialects: ["openai"] });
    await manage(project, {
      action: "attach-evaluation",
      model_id: novaMicro,
      assistant_type: "health",
      result: promptfooResult(novaMicro, "health", ["passed", "failed", "error"]),
    });
    await project.sql`
      insert into ai_alerts (kind, level, summary) values ('limit_near', 100, 'A limit is reached.')`;
    await project.sql`
      insert into ai_limits (scope, unit, amount, period) values ('project', 'turns', 10000, 'day')`;
    await project.ask("patient", "Hello");
    await manage(project, { action: "erase-user", user_id: "clinician@example.com" });
    await manage(project, {
      action: "set-legal-hold",
      user_id: "patient@example.com",
      reason: "Case 12",
    });
    await project.sql`select public.record_data_retention('eu-central-1', 'none')`;
    await manage(project, { action: "set-default", model_id: "eu.amazon.nova-lite-v1:0" });
    await page.getByRole("status", { name: "News" }).getByText("is now the default").waitFor();
    await visitViews(page, (view) => expectAccessible(page, view));
    const call = { type: "tool_use", name: "opening_hours", input: { day: "Monday" } } as const;
    await project.bedrock.scriptAnswer(
      { content: [{ type: "text", text: markdown }, call] },
      { model: "eu.amazon.nova-lite-v1:0" },
    );
    await openView(page, "Chat");
    const png = { name: "a.png", mimeType: "image/png", buffer: Buffer.from(tinyPng, "base64") };
    await page.locator("input[type=file]").setInputFiles([png, { ...png, name: "b.png" }]);
    await page.getByText("Thinking and tools").click();
    await page.getByLabel("Tools, as JSON").fill("{");
    await page.getByRole("button", { name: "Remove b.png" }).click();
    await expectAccessible(page, "a question with files");
    await page.getByLabel("Question").fill("Which dose?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("cell", { name: "5 mg" }).waitFor();
    await page.getByText("because it is the default").waitFor();
    await page.getByText("Calls the tool").click();
    await page.getByRole("button", { name: "Send the result" }).waitFor();
    await expectAccessible(page, "Markdown, and a call of a tool");
    await page.context().setOffline(true);
    await page.getByText("Not connected to the project").waitFor();
    await expectAccessible(page, "not connected");
  }, { viewport: phone }));

Deno.test("axe-core finds nothing in the console's dialogs, on a desktop and a phone", () =>
  withConsole(stack, async ({ page, project }) => {
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await expectAccessible(page, "sign-in");
    await signInAs(page, "patient");
    await page.getByText("This console is for platform admins.").waitFor();
    await expectAccessible(page, "refusal");
    await page.getByRole("button", { name: "Sign out" }).click();
    await signInAs(page, "admin");

    const fault = { kind: "error", exception: "AccessDeniedException" } as const;
    await project.bedrock.addFaultRule(fault, { model: "eu.amazon.nova-micro-v1:0", times: 2 });
    await page.getByRole("button", { name: "Switch to Amazon Nova Micro" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("It cannot be switched to.").waitFor();
    await expectAccessible(page, "failed probe");
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Switch to Claude 3 Sonnet" }).click();
    await dialog.getByText("Probe passed.").waitFor();
    await expectAccessible(page, "confirmation");
    await dialog.getByRole("button", { name: "Make it the default" }).click();
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    await expectAccessible(page, "result");
    await dialog.getByRole("button", { name: "Done" }).click();
    await chooseAction(page, "Amazon Nova Lite", "Disable Amazon Nova Lite");
    await dialog.getByText("Conversations", { exact: true }).waitFor();
    await expectAccessible(page, "disabling");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await openView(page, "Audit log");
    await page.getByRole("button", { name: /^Roll back/ }).first().click();
    await expectAccessible(page, "rollback");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await openView(page, "Assistants");
    await page.getByRole("button", { name: "Change the model of Health assistant" }).click();
    await expectAccessible(page, "choice of a model");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await chooseAction(page, "Health assistant", "Edit Health assistant");
    await dialog.getByLabel("Name").fill("Health helper");
    await expectAccessible(page, "editing an assistant");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.getByText("What you entered is not saved.").waitFor();
    await expectAccessible(page, "unsaved changes");
    await dialog.getByRole("button", { name: "Discard it" }).click();
    await openView(page, "Keys");
    await page.getByRole("button", { name: "New key" }).click();
    await dialog.getByLabel("Name").fill("Docs bot");
    await dialog.getByRole("combobox", { name: "Models" }).selectOption({ label: "these models" });
    await expectAccessible(page, "a new key");
    await dialog.getByRole("button", { name: "Create the key" }).click();
    await dialog.getByLabel("API key").waitFor();
    await expectAccessible(page, "a key, shown once");
    await dialog.getByRole("button", { name: "Done" }).click();
    await openView(page, "Limits");
    await page.getByRole("button", { name: "New limit" }).click();
    await dialog.getByLabel("Amount").fill("5");
    await dialog.getByText("Used already").waitFor();
    await expectAccessible(page, "a new limit");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.getByRole("button", { name: "Discard it" }).click();
    await lookAtPeople(page);
    await openView(page, "Alerts");
    await page.getByRole("button", { name: "Change the rule Error rate" }).click();
    await expectAccessible(page, "a rule of alerts");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await openView(page, "Settings");
    await page.getByRole("button", { name: "Change the settings" }).click();
    await dialog.getByLabel("uk").check();
    await dialog.getByText("Conversations", { exact: true }).waitFor();
    await dialog.getByLabel("Functions outside of named places refuse what users write").check();
    await dialog.getByLabel("Days for which backups are kept").fill("");
    await expectAccessible(page, "settings");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.getByRole("button", { name: "Discard it" }).click();
    await openView(page, "Models");
    await chooseAction(page, "Amazon Nova Lite", "Prices of Amazon Nova Lite");
    await dialog.getByRole("table").waitFor();
    await expectAccessible(page, "prices");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await chooseAction(page, "Amazon Nova Lite", "Aliases of Amazon Nova Lite");
    await dialog.getByLabel("Aliases").fill("assistant/health");
    await expectAccessible(page, "aliases");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.getByRole("button", { name: "Discard it" }).click();
    await chooseAction(page, "Amazon Nova Lite", "Retention of Amazon Nova Lite");
    await dialog.getByLabel("Its provider keeps").selectOption("unknown");
    await dialog.getByText("Conversations", { exact: true }).waitFor();
    await expectAccessible(page, "what a provider keeps");
    await page.route("**/functions/v1/**", (route) => route.fulfill({ status: 401, body: "{}" }));
    await page.reload();
    await page.getByRole("dialog", { name: "Sign in again" }).waitFor();
    await expectAccessible(page, "sign-in again");
  }, { viewport: phone }));
