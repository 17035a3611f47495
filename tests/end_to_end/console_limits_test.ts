/** Limits, alerts and the tick on the console, and what they do to a question. */
import { expect } from "@std/expect";
import type { Page } from "playwright-core";
import { asAdmin, chooseAction, dialogOf, openView, press } from "../support/console_page.ts";
import type { FreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const daily = "USD per day for the project";

/** The row of a limit or an alert. */
function rowOf(page: Page, text: string) {
  return page.getByRole("row").filter({ hasText: text });
}

async function dailyLimit({ sql }: FreshProject) {
  const [row] = await sql`
    select id::int, amount::float8, enforcement from ai_limits
    where scope = 'project' and unit = 'usd' and period = 'day'`;
  return row;
}

async function userId({ sql }: FreshProject, email: string): Promise<string> {
  const [row] = await sql`select id from auth.users where email = ${email}`;
  return row?.id;
}

Deno.test("a limit is set with its impact first, changed, taken back and removed", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const set = dialog.getByRole("button", { name: "Set the limit" });
    await openView(page, "Limits");
    await page.getByRole("button", { name: "New limit" }).click();
    await dialog.getByRole("combobox", { name: "For" }).selectOption({
      label: "the whole project",
    });
    await dialog.getByLabel("Amount").fill("much");
    await dialog.getByText("The amount is a number").waitFor();
    expect(await set.isDisabled()).toBe(true);
    await dialog.getByLabel("Amount").fill("5");
    await dialog.getByLabel("Time zone").fill("Europe/Berlin");
    await dialog.getByLabel("Where it is reached").selectOption("soft");
    await dialog.getByText("Used already").waitFor();
    await dialog.getByText(daily).waitFor();
    expect(await dailyLimit(project)).toBeUndefined();
    await dialog.getByLabel("Reason").fill("For a start");
    await press(page, "Set the limit");
    await press(page, "Done");
    const row = rowOf(page, daily);
    for (const text of ["$5.00", "soft", "in Europe/Berlin"]) {
      await row.getByText(text, { exact: true }).first().waitFor();
    }
    const limit = await dailyLimit(project);
    expect(limit).toMatchObject({ amount: 5, enforcement: "soft" });

    const named = `limit ${limit?.id}, ${daily}`;
    await page.getByRole("button", { name: `Change ${named}` }).click();
    await dialog.getByLabel("Amount").fill("0.5");
    await dialog.getByText("$5.00 → $0.50").waitFor();
    await press(page, "Set the limit");
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    expect(await dailyLimit(project)).toMatchObject({ id: limit?.id, amount: 0.5 });
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    expect(await dailyLimit(project)).toEqual(limit);
    await press(page, "Close");

    await chooseAction(page, named, `Remove ${named}`);
    await press(page, "Remove the limit");
    await press(page, "Done");
    await row.waitFor({ state: "detached" });
    expect(await dailyLimit(project)).toBeUndefined();
    await openView(page, "Audit log");
    for (const what of ["set to $5.00", "set to $0.50", "removed"]) {
      await page.getByText(`Limit of ${daily} ${what}`, { exact: true }).first().waitFor();
    }
  }));

Deno.test("who is near a limit is shown by id; a refused question says so, and usage by whom", () =>
  asAdmin(stack, async ({ page, project }) => {
    const name = "turns per day for each user of platform";
    await project.sql`
      insert into ai_limits (scope, assistant_type, unit, amount, period)
      values ('each_user', 'platform', 'turns', 2, 'day')`;
    for (const question of ["One", "Two"]) {
      expect((await project.ask("admin", question)).status).toBe(200);
    }
    await openView(page, "Chat");
    await page.getByLabel("Question").fill("Three");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("alert").getByText(`The limit is reached: ${name}.`).waitFor();

    await openView(page, "Limits");
    const row = rowOf(page, name);
    await row.getByText("2 of 2 (100 %)").waitFor();
    await row.getByText("reached", { exact: true }).waitFor();
    await row.getByText("1 of them at 100 %").waitFor();
    await row.getByRole("button", { name: /^Users near/ }).click();
    const id = await userId(project, "admin@example.com");
    const users = dialogOf(page).getByRole("table", { name: "Users, the nearest first" });
    await users.getByText(id, { exact: true }).waitFor();
    await users.getByRole("meter", { name: `${name}: user ${id}` }).waitFor();
    await press(page, "Close");

    await openView(page, "Usage");
    await page.getByRole("table", { name: "Usage by API key" }).getByText("no API key").waitFor();
    await page.getByRole("region", { name: "By caller" }).getByRole("combobox").selectOption(
      "user",
    );
    const usage = page.getByRole("table", { name: "Usage by user" });
    await usage.getByText(id, { exact: true }).waitFor();
    expect(await usage.innerText()).not.toContain("admin@example.com");
  }));

Deno.test("open alerts are counted on every view until they are acknowledged; rules are changed", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const summary = "The limit is used up to 80 %.";
    await project.sql`
      insert into ai_alerts (kind, subject, level, summary) values ('limit_near', '1', 80, ${summary})`;
    const errorRate = async () => {
      const [row] = await project.sql`
        select open_at::float8, is_active from ai_alert_rules where kind = 'error_rate'`;
      return row;
    };
    const before = await errorRate();
    // What raises the version is looked at within two seconds.
    await project.sql`update ai_alert_rules set least_count = 21 where kind = 'error_rate'`;
    const notice = page.getByRole("status", { name: "Open alerts" });
    await notice.getByText("1 open alert.").waitFor();
    await openView(page, "Models");
    await notice.getByRole("link", { name: "See the alerts" }).click();
    await rowOf(page, summary).getByText("80 %", { exact: true }).waitFor();
    await page.getByRole("button", { name: `Acknowledge Limit near: ${summary}` }).click();
    await dialog.getByLabel("Reason").fill("It is month's end");
    await press(page, "Acknowledge");
    await press(page, "Done");
    await rowOf(page, summary).getByText("admin@example.com").waitFor();
    await notice.getByText("open alert").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Change the rule Error rate" }).click();
    await dialog.getByLabel("Opens at, in percent").fill("5");
    await dialog.getByText("It closes at what it opens at, or below.").waitFor();
    await dialog.getByLabel("Closes below, in percent").fill("4");
    await dialog.getByLabel("Active").uncheck();
    await press(page, "Save");
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    expect(await errorRate()).toEqual({ open_at: 5, is_active: false });
    await rowOf(page, "Error rate").getByText("opens at 5 %, closes below 4 %").waitFor();
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    expect(await errorRate()).toEqual(before);
    await press(page, "Close");

    await project.sql`select public.tick()`;
    await project.sql`update ai_alert_rules set least_count = 22 where kind = 'error_rate'`;
    await page.getByRole("region", { name: "The tick" }).getByText("It last ran just now.")
      .waitFor();
    await page.getByRole("link", { name: "History of the rules" }).click();
    await page.getByText("Alert rule Error rate changed", { exact: true }).first().waitFor();
  }));
