import { expect } from "@std/expect";
import {
  asAdmin,
  chooseAction,
  defaultModel,
  download,
  openView,
} from "../support/console_page.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const haiku = "eu.anthropic.claude-haiku-5-5";
const novaLite = "eu.amazon.nova-lite-v1:0";
const novaPro = "eu.amazon.nova-pro-v1:0";

Deno.test("the console lists who changed what, verifies the log, and rolls back to an entry", () =>
  asAdmin(stack, async ({ page, project }) => {
    await manage(project, { action: "set-default", model_id: haiku });
    await project.sql`update bedrock_models set is_default = true where model_id = ${novaLite}`;
    const [first] = await project.sql`
      select id from model_switches where action = 'set-default' order by id desc offset 1 limit 1`;
    await openView(page, "Audit log");
    const log = page.getByRole("table", { name: "Audit log" });
    const row = (text: string) => log.getByRole("row").filter({ hasText: text }).first();
    await row("role postgres").waitFor();
    expect(await row(`entry ${first?.id}`).innerText()).toMatch(
      /Default switched to Claude Haiku 5\.5\s+before: Amazon Nova Pro\s[^]*key default\s+api, claimed via service_role\s+passed/,
    );

    await page.getByRole("button", { name: "Verify the log" }).click();
    await page.getByText(/^All [\d,]+ entries are as they were written\.$/).waitFor();

    await page.getByRole("button", { name: `Roll back to before entry ${first?.id},` }).click();
    const dialog = page.getByRole("dialog");
    const confirmation = await dialog.innerText();
    expect(confirmation).toContain("These 2 are taken back");
    expect(confirmation).toContain("Default switched to Amazon Nova Lite");
    expect(await defaultModel(project)).toBe(novaLite);
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await dialog.getByText(`The registry is as it was before switch`).waitFor();
    expect(await defaultModel(project)).toBe(novaPro);
    await dialog.getByRole("button", { name: "Done" }).click();
    await row(`rollback to before`).waitFor();
    expect(await row("rollback to before").innerText()).toContain("you");
  }));

Deno.test("the console shows the audit log page by page, without a gap", () =>
  asAdmin(stack, async ({ page, project }) => {
    for (let changes = 0; changes < 45; changes++) {
      await project.sql`
        update bedrock_models set priority = priority + 1 where model_id = ${haiku}`;
    }
    const newest = await project.sql`select id from model_switches order by id desc limit 60`;
    await openView(page, "Audit log");
    const rows = page.getByRole("table", { name: "Audit log" }).locator("tbody tr");
    await rows.nth(19).waitFor();
    expect(await rows.count()).toBe(20);
    expect(await rows.first().innerText()).toContain("Claude Haiku 5.5 changed");
    // What failed is tried again, not the newest page.
    await page.route(
      "**/functions/v1/**",
      (route) =>
        route.request().postData()?.includes('"before"')
          ? route.fulfill({ status: 429, body: "{}" })
          : route.continue(),
    );
    await page.getByRole("button", { name: "Older entries" }).click();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await page.unrouteAll({ behavior: "wait" });
    await page.getByRole("button", { name: "Try again" }).click();
    await rows.nth(39).waitFor();
    await page.getByRole("button", { name: "Older entries" }).click();
    await rows.nth(59).waitFor();
    const texts = await rows.allInnerTexts();
    expect(texts.map((text) => /entry (\d+)/.exec(text)?.[1])).toEqual(
      newest.map(({ id }) => String(id)),
    );
  }));

Deno.test("the console refuses a rollback that would also take back an unseen change", () =>
  asAdmin(stack, async ({ page, project }) => {
    await manage(project, { action: "set-default", model_id: haiku });
    await openView(page, "Audit log");
    await page.getByRole("button", { name: /^Roll back to before entry .*Default switched/ })
      .first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("This entry is taken back").waitFor();
    await project.sql`update bedrock_models set is_default = true where model_id = ${novaLite}`;
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await dialog.getByText("registry_changed").waitFor();
    expect(await defaultModel(project)).toBe(novaLite);
  }));

Deno.test("the console says what the next undo takes back, and each goes one step further back", () =>
  asAdmin(stack, async ({ page, project }) => {
    await manage(project, { action: "set-default", model_id: haiku, reason: "It is cheaper" });
    await manage(project, { action: "set-default", model_id: novaLite });
    await openView(page, "Audit log");
    await page.getByText("It is cheaper").waitFor();
    const dialog = page.getByRole("dialog");
    for (const back of [haiku, novaPro]) {
      await page.getByRole("button", { name: "Undo the last switch" }).click();
      await dialog.getByText(/^Default switched to/).waitFor();
      await dialog.getByText("Platform assistant", { exact: true }).waitFor();
      await dialog.getByRole("button", { name: "Undo it" }).click();
      await dialog.getByText(/The next undo takes back entry \d+|Nothing is left/).waitFor();
      expect(await defaultModel(project)).toBe(back);
      await dialog.getByRole("button", { name: "Done" }).click();
    }
  }));

Deno.test("the console filters the audit log by what the address says, and exports that", () =>
  asAdmin(stack, async ({ page, project }) => {
    await manage(project, { action: "set-default", model_id: haiku });
    await manage(project, { action: "disable", model_id: novaLite });
    await chooseAction(page, "Amazon Nova Lite", "History of Amazon Nova Lite");
    const rows = page.getByRole("table", { name: "Audit log" }).locator("tbody tr");
    await rows.filter({ hasText: "Amazon Nova Lite disabled" }).first().waitFor();
    expect(await rows.filter({ hasText: "Claude 3 Haiku" }).count()).toBe(0);
    await page.getByRole("searchbox", { name: "Search" }).fill("words of no entry");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("No entry matches.").waitFor();
    await page.waitForURL(/model_id=.*search=|search=.*model_id=/);
    await page.getByRole("button", { name: "Show all" }).click();
    await rows.filter({ hasText: "Default switched to Claude Haiku 5.5" }).first().waitFor();
    await page.getByRole("combobox", { name: "By", exact: true }).fill("default");
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL(/actor=default/);
    await rows.filter({ hasText: "key default" }).first().waitFor();
    const lines = (await download(page, "Export as CSV")).trimEnd().split("\r\n");
    expect(lines.slice(1).every((line) => line.includes(",key default,"))).toBe(true);
    expect(lines.length).toBeGreaterThan(2);
  }));
