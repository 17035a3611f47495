import { expect } from "@std/expect";
import type { Locator, Page } from "playwright-core";
import { asAdmin, eventually, openView } from "../support/console_page.ts";
import type { FreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

async function modelOf({ sql }: FreshProject, type: string) {
  const [row] = await sql`
    select model_version from ai_assistants where assistant_type = ${type}`;
  return row?.model_version;
}

function assistantRow(page: Page, name: string) {
  return page.getByRole("table", { name: "Assistants" }).getByRole("row").filter({
    has: page.getByText(name, { exact: true }),
  });
}

async function choose(page: Page, assistant: string, option: RegExp) {
  await page.getByRole("button", { name: `Change the model of ${assistant}` }).click();
  const select = page.getByRole("dialog").getByLabel("Answers with");
  const labels = await select.getByRole("option").allInnerTexts();
  await select.selectOption({ index: labels.findIndex((label) => option.test(label)) });
  await page.getByRole("button", { name: "Continue" }).click();
}

Deno.test("the console gives an assistant a model that passed a probe, and takes it away again", () =>
  asAdmin(stack, async ({ page, project }) => {
    await openView(page, "Assistants");
    expect(await assistantRow(page, "Health assistant").innerText()).toContain("Amazon Nova Lite");

    await choose(page, "Health assistant", /^Claude Haiku 5.5/);
    const dialog = page.getByRole("dialog", { name: "Health assistant: Claude Haiku 5.5" });
    await dialog.getByText("Probe passed.").waitFor();
    expect(await dialog.innerText()).toContain("Amazon Nova Lite → Claude Haiku 5.5");
    await dialog.getByRole("button", { name: "Assign it" }).click();
    await dialog.getByText("Health assistant answers with Claude Haiku 5.5.").waitFor();
    expect(await modelOf(project, "health")).toBe("eu.anthropic.claude-haiku-5-5");
    await dialog.getByRole("button", { name: "Done" }).click();
    const { body } = await project.ask("patient", "Hello");
    expect(body.model).toMatchObject({ model_name: "Claude Haiku 5.5", reason: "assistant" });

    // Following the default needs no probe.
    await choose(page, "Health assistant", /^The default, now Amazon Nova Pro/);
    await page.getByRole("button", { name: "Follow the default" }).click();
    await page.getByText("Health assistant follows the default.").waitFor();
    expect(await modelOf(project, "health")).toBeNull();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone.").waitFor();
    expect(await modelOf(project, "health")).toBe("eu.anthropic.claude-haiku-5-5");
  }));

Deno.test("the console shows the settings, and what each assistant does without a client", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.sql`
      update ai_assistants set on_disconnect = 'stop' where assistant_type = 'clinical'`;
    await project.sql`update registry_settings set allow_anonymous_users = true`;
    await openView(page, "Settings");
    const settings = page.getByRole("region", { name: "Settings" });
    await settings.getByText("may chat").waitFor();
    expect((await settings.innerText()).split("\n")).toContain("not required");
    await openView(page, "Assistants");
    await assistantRow(page, "Clinical assistant").getByText("the answer is stopped").waitFor();
    await assistantRow(page, "Health assistant").getByText("the answer is finished and stored")
      .waitFor();
  }));

Deno.test("the console leaves an assistant its model when the new one fails its probe", () =>
  asAdmin(stack, async ({ page, project }) => {
    await openView(page, "Assistants");
    const fault = { kind: "error", exception: "ThrottlingException" } as const;
    await project.bedrock.addFaultRule(fault, { model: "eu.amazon.nova-micro-v1:0", times: 2 });
    await choose(page, "Health assistant", /^Amazon Nova Micro/);
    const dialog = page.getByRole("dialog");
    await dialog.getByText("bedrock_throttled").waitFor();
    expect(await dialog.getByRole("button").allInnerTexts()).toEqual(["Close", "Probe again"]);
    expect(await modelOf(project, "health")).toBe("eu.amazon.nova-lite-v1:0");
    await dialog.getByRole("button", { name: "Probe again" }).click();
    await dialog.getByText("Probe passed.").waitFor();
  }));

Deno.test("the console asks again where the registry has changed since what it shows was asked for", () =>
  asAdmin(stack, async ({ page, project }) => {
    await openView(page, "Assistants");
    await choose(page, "Health assistant", /^The default, now Amazon Nova Pro/);
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Amazon Nova Lite → Amazon Nova Pro (the default)").waitFor();
    await project.sql`
      update bedrock_models set is_default = true where model_id = 'eu.anthropic.claude-haiku-5-5'`;
    await page.getByText("Claude Haiku 5.5 is now the default.").waitFor({ state: "attached" });
    // What was shown when it was asked for is what is decided on.
    expect(await dialog.innerText()).toContain("Amazon Nova Pro (the default)");
    await dialog.getByRole("button", { name: "Follow the default" }).click();
    await dialog.getByText("Amazon Nova Lite → Claude Haiku 5.5 (the default)").waitFor();
    expect(await modelOf(project, "health")).toBe("eu.amazon.nova-lite-v1:0");
    await dialog.getByRole("button", { name: "Follow the default" }).click();
    await dialog.getByText("Health assistant follows the default.").waitFor();
  }));

const twice: Record<string, (button: Locator) => Promise<void>> = {
  "a double click": async (button) => {
    await button.click();
    // Where it has moved to, and without waiting until it lets itself be clicked.
    await button.click({ force: true });
  },
  "Enter pressed twice": async (button) => {
    const page = button.page();
    await button.focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    // Where one begins to read.
    await eventually(async () => await page.evaluate("document.activeElement.tagName") === "H2");
  },
};
for (const [gesture, perform] of Object.entries(twice)) {
  Deno.test(`the console takes ${gesture} on what is out of date for no consent to what it is now`, () =>
    asAdmin(stack, async ({ page, project }) => {
      await openView(page, "Assistants");
      await choose(page, "Health assistant", /^The default, now Amazon Nova Pro/);
      const dialog = page.getByRole("dialog");
      const confirm = dialog.getByRole("button", { name: "Follow the default" });
      await confirm.waitFor();
      await project.sql`
        update bedrock_models set is_default = true where model_id = 'eu.anthropic.claude-haiku-5-5'`;
      await page.getByText("Claude Haiku 5.5 is now the default.").waitFor({ state: "attached" });
      await perform(confirm);
      await dialog.getByText("Amazon Nova Lite → Claude Haiku 5.5 (the default)").waitFor();
      expect(await modelOf(project, "health")).toBe("eu.amazon.nova-lite-v1:0");
      // It is still there to be clicked, by who has read it.
      await confirm.click();
      await dialog.getByText("Health assistant follows the default.").waitFor();
      expect(await modelOf(project, "health")).toBeNull();
    }));
}
