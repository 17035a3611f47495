/** What providers keep, and where functions run, on the console: shown, set, and warned of. */
import { expect } from "@std/expect";
import { withChatProcess } from "../support/chat_process.ts";
import {
  asAdmin,
  chooseAction,
  dialogOf,
  modelRow,
  openView,
  press,
} from "../support/console_page.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const lite = "eu.amazon.nova-lite-v1:0";
const source = "https://example.test/terms";

Deno.test("what a model's provider keeps is set with its source, and undone", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const stored = async () => {
      const [row] = await project.sql`
        select provider_retention as kept, provider_retention_source as source,
          provider_retention_checked_on::text as day
        from bedrock_models where model_id = ${lite}`;
      return { ...row };
    };
    const before = await stored();
    expect(before.kept).toBe("none");
    await chooseAction(page, "Amazon Nova Lite", "Retention of Amazon Nova Lite");
    const button = dialog.getByRole("button", { name: "Set what it keeps" });
    await dialog.getByLabel("Its provider keeps").selectOption({
      label: "all traffic for up to 30 days",
    });
    await dialog.getByLabel("Page that says so").fill("their terms");
    await dialog.getByText("The page is a URL that begins with https://.").waitFor();
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByLabel("Page that says so").fill(source);
    await dialog.getByLabel("Read on").fill("2026-11-30");
    // The assistant whose model it is would be answered by another one.
    await dialog.getByText("Health assistant").first().waitFor();
    await press(page, "Set what it keeps");
    await dialog.getByText(`The provider of ${lite} keeps all traffic for up to 30 days.`)
      .waitFor();
    expect(await stored()).toEqual({ kept: "all_30_days", source, day: "2026-11-30" });
    await modelRow(page, "Amazon Nova Lite")
      .getByText("its provider keeps all traffic for up to 30 days").waitFor();
    const { body } = await project.ask("patient", "Hi");
    expect(body.model).toMatchObject({
      requested_model: lite,
      fallback_code: "provider_retains_data",
    });

    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    expect(await stored()).toEqual(before);
    await press(page, "Close");
    expect(await modelRow(page, "Amazon Nova Lite").getByText("its provider keeps").count())
      .toBe(0);
  }));

Deno.test("an assistant whose provider keeps traffic, or might, is in trouble until it allows that", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await project.sql`
      update bedrock_models set provider_retention = 'unknown', provider_retention_source = null,
        provider_retention_checked_on = null
      where model_id = ${lite}`;
    await modelRow(page, "Amazon Nova Lite")
      .getByText("its provider keeps an unknown part of the traffic").waitFor();
    await openView(page, "Assistants");
    const row = page.getByRole("row").filter({ hasText: "Health assistant" });
    await row.getByText("provider keeps traffic").waitFor();
    await chooseAction(page, "Health assistant", "Edit Health assistant");
    await dialog.getByLabel("Models may answer whose provider keeps traffic, or might").check();
    await press(page, "Save");
    await press(page, "Done");
    await row.getByText("provider keeps traffic").waitFor({ state: "detached" });
    const { body } = await project.ask("patient", "Hi");
    expect(body.model).toMatchObject({ model_id: lite });
  }));

Deno.test("the console warns of functions that ran outside until the setting keeps them in", () =>
  asAdmin(stack, async ({ page, project }) => {
    const { sql } = project;
    const dialog = dialogOf(page);
    await sql`select public.record_data_retention('eu-central-1', 'provider_data_share')`;
    await sql`select public.record_data_retention('eu-west-1')`;
    const token = await project.token("patient");
    await withChatProcess(stack, async (url) => {
      const response = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ message: "Hi" }),
      });
      await response.text();
      expect(response.status).toBe(200);
    }, { SB_REGION: "us-east-1" });

    await openView(page, "Alerts");
    const tick = page.getByRole("region", { name: "The tick" });
    const warning = tick.getByText(
      /1 turns and calls were processed by functions outside .*us-east-1/,
    );
    await warning.waitFor();
    await tick.getByText(
      /^Data retention mode of the AWS account in eu-central-1: provider_data_share, read /,
    )
      .waitFor();
    await tick.getByText(/^Data retention mode of the AWS account in eu-west-1: not known, read /)
      .waitFor();

    await openView(page, "Settings");
    const facts = page.getByRole("region", { name: "Settings" });
    await facts.getByText("any region", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Change the settings" }).click();
    await dialog.getByLabel("Functions outside of named places refuse what users write").check();
    const places = dialog.getByRole("group", { name: "Functions may run in" });
    // At first where calls may be processed.
    expect(await places.getByLabel("eu", { exact: true }).isChecked()).toBe(true);
    await places.getByLabel("eu", { exact: true }).uncheck();
    await dialog.getByText("At least one place must be allowed.").waitFor();
    expect(await dialog.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
    await places.getByLabel("eu", { exact: true }).check();
    await press(page, "Save");
    await press(page, "Done");
    await facts.getByText("any region", { exact: true }).waitFor({ state: "detached" });
    const [row] = await sql`select function_geographies from registry_settings`;
    expect(row?.function_geographies).toEqual(["eu"]);
    await openView(page, "Alerts");
    await page.getByRole("table", { name: "Steps of the tick" }).waitFor();
    expect(await warning.count()).toBe(0);
  }));

Deno.test("the settings of persons, providers and backups are changed together, and set back", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const stored = async () => {
      const [row] = await project.sql`
        select require_person as person, allow_provider_retention as kept, backup_days as days
        from registry_settings`;
      return { ...row };
    };
    const before = await stored();
    await openView(page, "Settings");
    await page.getByRole("button", { name: "Change the settings" }).click();
    await dialog.getByLabel("Changes need a person: a secret key alone makes none").check();
    await dialog.getByLabel(
      "Models whose provider keeps traffic may answer calls without an assistant",
    ).check();
    const days = dialog.getByLabel("Days for which backups are kept");
    for (const refused of ["", "1.5", "3651"]) {
      await days.fill(refused);
      await dialog.getByText("Days are a whole number, 3650 at most.").waitFor();
      expect([refused, await dialog.getByRole("button", { name: "Save" }).isDisabled()])
        .toEqual([refused, true]);
    }
    await days.fill("7");
    await press(page, "Save");
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    expect(await stored()).toEqual({ person: true, kept: true, days: 7 });
    const facts = page.getByRole("region", { name: "Settings", includeHidden: true });
    for (const text of ["refused", "may answer calls without an assistant", "7 days"]) {
      await facts.getByText(text, { exact: true }).waitFor();
    }
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    expect(await stored()).toEqual(before);
  }));
