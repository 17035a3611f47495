/** What is stored of people on the console: exported, held, erased, and kept for a time. */
import { expect } from "@std/expect";
import type { Locator, Page } from "playwright-core";
import {
  asAdmin,
  type ConsoleTest,
  dialogOf,
  eventually,
  openView,
  press,
} from "../support/console_page.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const patient = "patient@example.com";
const words = "My knee hurts since Monday.";

const userField = (page: Page) => dialogOf(page).getByLabel("User: id, or e-mail address");

const isFocused = (element: Locator) => element.and(element.page().locator(":focus")).waitFor();

/** How many conversations the patient has. */
async function conversations({ sql }: ConsoleTest["project"]): Promise<number> {
  const [row] = await sql`
    select count(*)::int as n from ai_conversations as c
    join auth.users as u on u.id = c.user_id where u.email = ${patient}`;
  return row?.n;
}

/** Who did what of the log, the oldest first, by the actor's address. */
async function deeds({ sql }: ConsoleTest["project"]) {
  const rows = await sql`
    select s.action, u.email, s.reason from model_switches as s
    left join auth.users as u on u.id = s.actor_user_id
    where s.action in ('erase', 'export-user', 'set-legal-hold', 'remove-legal-hold',
      'set-retention')
    order by s.id`;
  return rows.map(({ action, email, reason }) => [action, email, reason]);
}

Deno.test("a user's data is exported into a file, whole or not at all", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.ask("patient", words);
    await project.ask("clinician", "Words of another user.");
    const dialog = dialogOf(page);
    await openView(page, "People");
    const opener = page.getByRole("button", { name: "Export a user" });
    await opener.click();
    const button = dialog.getByRole("button", { name: "Export", exact: true });
    await isFocused(dialog.getByRole("heading", { name: "Export a user's data" }));
    expect(await button.isDisabled()).toBe(true);
    await userField(page).fill("patient");
    expect(await button.isDisabled()).toBe(true);
    await userField(page).fill("nobody@example.com");
    await button.click();
    await dialog.getByRole("alert").getByText("user_not_found").waitFor();

    const saved: string[] = [];
    page.on("download", (file) => saved.push(file.suggestedFilename()));
    await userField(page).fill(patient);
    await page.route(
      "**/functions/v1/**",
      (route) =>
        route.request().postData()?.includes('"export-user"')
          ? route.fulfill({ status: 200, body: '{"type":"user","id":"a"}\n' })
          : route.continue(),
    );
    await button.click();
    await dialog.getByRole("alert").getByText("The export broke off; nothing was saved.").waitFor();
    expect(saved).toEqual([]);
    await page.unrouteAll({ behavior: "wait" });

    const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
    await dialog.getByText("The export is saved.").waitFor();
    const text = await Deno.readTextFile(await file.path());
    const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type))
      .toEqual(["user", "conversation", "message", "message", "end"]);
    expect(lines[2].content).toBe(words);
    expect(text).not.toContain("Words of another user.");
    await press(page, "Close");
    await isFocused(opener);
    expect(await deeds(project)).toEqual([["export-user", "admin@example.com", null]]);
  }));

Deno.test("a legal hold keeps a user's data from being erased until it is removed", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.ask("patient", words);
    await project.ask("clinician", "Words that stay.");
    const dialog = dialogOf(page);
    await openView(page, "People");
    await page.getByText("No user's data is under a legal hold.").waitFor();
    await page.getByText("Nothing has been erased yet.").waitFor();

    await page.getByRole("button", { name: "Set a hold" }).click();
    await userField(page).fill(patient);
    expect(await dialog.getByRole("button", { name: "Set the hold" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Reason").fill("Case 12");
    const year = new Date().getUTCFullYear() + 1;
    await dialog.getByLabel("Last day, in UTC").fill(`${year}-03-01`);
    await press(page, "Set the hold");
    await press(page, "Done");
    const hold = page.getByRole("table", { name: "Legal holds" }).getByRole("row")
      .filter({ hasText: patient });
    await hold.getByText(`to the end of 1 Mar ${year}`).waitFor();
    await hold.getByText("Case 12").waitFor();

    const eraser = page.getByRole("button", { name: "Erase a user" });
    await eraser.click();
    const erase = dialog.getByRole("button", { name: "Erase for good" });
    await userField(page).fill(patient);
    expect(await erase.isDisabled()).toBe(true);
    // What was entered is neither done nor lost by a key.
    await page.keyboard.press("Escape");
    await press(page, "Go on editing");
    await dialog.getByLabel(`Erase all conversations of ${patient}`).check();
    await erase.click();
    await dialog.getByRole("alert").getByText("legal_hold").waitFor();
    expect(await conversations(project)).toBe(1);
    await press(page, "Cancel");
    await press(page, "Discard it");
    await isFocused(eraser);

    await hold.getByRole("button", { name: `Remove the hold on ${patient}` }).click();
    await dialog.getByLabel("Reason").fill("Case 12 is closed");
    await press(page, "Remove the hold");
    await press(page, "Done");
    await page.getByText("No user's data is under a legal hold.").waitFor();

    await eraser.click();
    await userField(page).fill(patient);
    await dialog.getByLabel(`Erase all conversations of ${patient}`).check();
    await dialog.getByLabel("Reason").fill("Request 8");
    await erase.click();
    await press(page, "Done");
    const erasure = page.getByRole("table", { name: "Erasures and their receipts" })
      .getByRole("row").filter({ hasText: "a user" });
    await erasure.getByText("done", { exact: true }).waitFor();
    await erasure.getByText("conversations: 1, messages: 2, files: 0").waitFor();
    expect(await conversations(project)).toBe(0);
    expect(await page.content()).not.toContain(words);
    const [left] = await project.sql`select count(*)::int as n from ai_conversations`;
    expect(left?.n).toBe(1);

    const admin = "admin@example.com";
    expect(await deeds(project)).toEqual([
      ["set-legal-hold", admin, "Case 12"],
      ["remove-legal-hold", admin, "Case 12 is closed"],
      ["erase", admin, "Request 8"],
    ]);
  }));

Deno.test("the history of people's data has erasures, exports, holds and retention, and nothing else", () =>
  asAdmin(stack, async ({ page, project }) => {
    const { sql } = project;
    const userId = "00000000-0000-4000-8000-000000000001";
    await project.ask("patient", words);
    await sql`insert into ai_legal_holds (user_id, reason) values (${userId}, 'Case 12')`;
    await sql`delete from ai_legal_holds`;
    await sql`select public.record_export(${userId})`;
    await manage(project, { action: "erase-user", user_id: userId });
    await sql`update ai_assistants set keep_days = 30 where assistant_type = 'health'`;
    await sql`update bedrock_models set priority = priority + 1`;
    await openView(page, "People");
    await page.getByRole("link", { name: "History", exact: true }).click();
    const rows = page.getByRole("table", { name: "Audit log" }).locator("tbody tr");
    await rows.filter({ hasText: "Data of a user exported" }).waitFor();
    await rows.filter({ hasText: `Legal hold on user ${userId} removed` }).waitFor();
    await rows.filter({ hasText: "Erased: a user" }).waitFor();
    expect(await rows.count()).toBe((await deeds(project)).length);
    expect(await page.getByLabel("Action").locator("option:checked").innerText())
      .toBe("all of people's data");
    await page.getByLabel("Action").selectOption({ label: "data erased" });
    await eventually(async () => await rows.count() === 1);
    await rows.filter({ hasText: "Erased: a user" }).waitFor();
  }));

Deno.test("an assistant's retention is set from the console, and taken away again", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const kept = async () => {
      const [row] = await project.sql`
        select keep_days from ai_assistants where assistant_type = 'health'`;
      return row?.keep_days;
    };
    await openView(page, "People");
    const row = page.getByRole("table", { name: "Retention of each assistant" })
      .getByRole("row").filter({ hasText: "health" });
    await row.getByText("for good").waitFor();
    const opener = row.getByRole("button", { name: "Change the retention of health" });
    await opener.click();
    const button = dialog.getByRole("button", { name: "Set the retention" });
    const days = dialog.getByLabel("Days after the last turn");
    for (const refused of ["", "0", "-3", "1.5"]) {
      await days.fill(refused);
      expect([refused, await button.isDisabled()]).toEqual([refused, true]);
    }
    await days.fill("30");
    // By the keyboard alone.
    await days.press("Enter");
    await dialog.getByRole("button", { name: "Done" }).press("Enter");
    await row.getByText("30 days after the last turn").waitFor();
    await isFocused(opener);
    expect(await kept()).toBe(30);
    await opener.press("Enter");
    await days.fill("");
    await press(page, "Set the retention");
    await press(page, "Done");
    await row.getByText("for good").waitFor();
    expect(await kept()).toBe(null);
    expect((await deeds(project)).map(([action]) => action))
      .toEqual(["set-retention", "set-retention"]);
  }));
