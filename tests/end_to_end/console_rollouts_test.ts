/** Rollouts on the console: started from a model's menu, seen as a picture, changed and ended. */
import { expect } from "@std/expect";
import { asAdmin, chooseAction, dialogOf, openView, press } from "../support/console_page.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";

Deno.test("a rollout is started with its impact first, shown as a picture, changed and promoted", () =>
  asAdmin(stack, async ({ page, project: { sql, ask } }) => {
    const dialog = dialogOf(page);
    const rollout = async () => {
      const [row] = await sql`
        select r.model_id, r.outcome, m.canary_share::int as share from ai_rollouts as r
        join bedrock_models as m on m.model_id = r.model_id`;
      return row;
    };
    await openView(page, "Models");
    await chooseAction(page, "Amazon Nova Lite", "Roll out Amazon Nova Lite");
    await dialog.getByLabel("Share, in percent").fill("0");
    await dialog.getByText("The share is a whole percentage, 1 to 100.").waitFor();
    const start = dialog.getByRole("button", { name: "Probe and start" });
    expect(await start.isDisabled()).toBe(true);
    await dialog.getByLabel("Share, in percent").fill("100");
    await dialog.getByLabel("Times as dear").fill("2");
    expect(await rollout()).toBeUndefined();
    await dialog.getByLabel("Reason").fill("A tenth of the price");
    await press(page, "Probe and start");
    await dialog.getByText("gets 100 % of the new conversations and calls").waitFor();
    await dialog.getByRole("link", { name: "See the rollout" }).click();
    expect(await rollout()).toMatchObject({ share: 100, outcome: null });

    const card = page.getByRole("region", { name: "Amazon Nova Lite in place of Amazon Nova Pro" });
    await card.getByText("under way", { exact: true }).waitFor();
    await card.getByText("The tick has not looked at it yet.").waitFor();
    expect(await card.getByRole("meter").getAttribute("aria-valuenow")).toBe("100");
    expect((await ask("admin", "Who are you?")).body).toMatchObject({
      model: { model_name: "Amazon Nova Lite" },
    });
    await sql`select public.tick()`;

    await card.getByRole("button", { name: "Change the share" }).click();
    await dialog.getByLabel("Share of new conversations and calls").fill("40");
    await press(page, "Set the share");
    await press(page, "Done");
    await card.getByText("40 % of new conversations and calls").waitFor();
    await sql`select public.tick()`;
    // What raises the version is looked at within two seconds.
    await sql`update ai_alert_rules set least_count = least_count + 1 where kind = 'error_rate'`;
    await card.getByRole("table", { name: /^Guards of rollout/ }).getByText("Whole time").waitFor();
    await card.getByRole("table", { name: /^Sides of rollout/ }).getByText("Amazon Nova Pro")
      .waitFor();

    await card.getByRole("button", { name: "Promote" }).click();
    await dialog.getByText("It is not proven yet").waitFor();
    await press(page, "Promote");
    await dialog.getByText("is promoted").waitFor();
    expect(await rollout()).toMatchObject({ outcome: "promoted", share: null });
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    await press(page, "Close");
    expect((await sql`select model_id from bedrock_models where is_default`)[0]!.model_id)
      .toBe(novaPro);
    const ended = page.getByRole("table", { name: "Rollouts that have ended" });
    await ended.getByText("promoted", { exact: true }).waitFor();

    await page.getByRole("link", { name: "History" }).click();
    await page.getByText("Rollout for Amazon Nova Lite started", { exact: true }).first().waitFor();
  }));

Deno.test("a rollout of an assistant is reverted with a confirmation, and a watched switch is shown", () =>
  asAdmin(stack, async ({ page, project: { sql } }) => {
    const dialog = dialogOf(page);
    await openView(page, "Models");
    await chooseAction(page, "Amazon Nova Lite", "Roll out Amazon Nova Lite");
    await dialog.getByLabel("In place of the model of").selectOption("operations");
    await press(page, "Probe and start");
    await press(page, "Done");
    await openView(page, "Assistants");
    await page.getByRole("link", { name: "Amazon Nova Lite gets 10 %" }).click();
    await page.getByText("for the assistant operations").waitFor();
    await page.getByRole("button", { name: /^Revert: rollout/ }).click();
    await press(page, "Revert");
    await dialog.getByText("is reverted").waitFor();
    expect(await dialog.getByRole("button", { name: "Undo" }).count()).toBe(0);
    await press(page, "Done");
    await page.getByRole("table", { name: "Rollouts that have ended" })
      .getByText("reverted", { exact: true }).waitFor();

    await sql`select set_default_model('eu.amazon.nova-lite-v1:0', p_watch_minutes => 30)`;
    const card = page.getByRole("region", { name: "Amazon Nova Lite in place of Amazon Nova Pro" });
    await card.getByText(/^watched until /).waitFor();
    expect(await card.getByRole("button", { name: "Change the share" }).count()).toBe(0);
    await card.getByRole("button", { name: "End the watch" }).click();
    await press(page, "End the watch");
    await dialog.getByText("watches it no more").waitFor();
    await press(page, "Done");
    await page.getByRole("table", { name: "Rollouts that have ended" })
      .getByText("kept", { exact: true }).waitFor();
  }));

Deno.test("a switch is watched for as long as was entered, and the page leads to its rollout", () =>
  asAdmin(stack, async ({ page, project: { sql } }) => {
    const dialog = dialogOf(page);
    await openView(page, "Models");
    await page.getByRole("button", { name: "Switch to Amazon Nova Lite" }).click();
    const confirm = dialog.getByRole("button", { name: "Make it the default" });
    await confirm.and(page.locator(":enabled")).waitFor();
    const minutes = dialog.getByLabel("Watch it for, in minutes");
    await minutes.fill("0");
    await dialog.getByText("The minutes are a whole number, 1 to 10,080.").waitFor();
    expect(await confirm.isDisabled()).toBe(true);
    await minutes.fill("30");
    await dialog.getByText("A rollout proves more").waitFor();
    await press(page, "Make it the default");
    await dialog.getByText("It is watched:").waitFor();
    const [row] = await sql`
      select model_id, round(extract(epoch from watch_until - started_at) / 60)::int as minutes
      from ai_rollouts`;
    expect(row).toEqual({ model_id: "eu.amazon.nova-lite-v1:0", minutes: 30 });
    await dialog.getByRole("link", { name: /^rollout / }).click();
    await page.getByRole("region", { name: "Amazon Nova Lite in place of Amazon Nova Pro" })
      .getByText(/^watched until /).waitFor();
  }));
