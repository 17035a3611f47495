import { expect } from "@std/expect";
import {
  asAdmin,
  chooseAction,
  defaultModel,
  dialogOf,
  download,
  eventually,
  modelRow,
  openView,
  press,
  pressUntil,
} from "../support/console_page.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const sonnet = "eu.anthropic.claude-sonnet-5-5";

Deno.test("a model without a price is not refused: the switch asks for it, and goes on", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.sql`
      update bedrock_models set input_cost_per_mtok = null, output_cost_per_mtok = null
      where model_id = ${sonnet}`;
    await modelRow(page, "Claude Sonnet 5.5").filter({ hasText: "not known" }).waitFor();
    await page.getByRole("button", { name: "Switch to Claude Sonnet 5.5" }).click();
    await press(page, "Enter the price");
    await dialogOf(page).getByLabel("Input").fill("2.2");
    await dialogOf(page).getByLabel("Output").fill("11");
    await press(page, "Set the price and go on");
    await dialogOf(page).getByText("Probe passed.").waitFor();
    const done = dialogOf(page).getByText("Claude Sonnet 5.5 is now the default.");
    await pressUntil(page, "Make it the default", done);
    expect(await defaultModel(project)).toBe(sonnet);
  }));

Deno.test("a price is scheduled from a later moment on, and taken back before it holds", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const scheduled = () =>
      project.sql`
        select input_cost_per_mtok::float8 as input from model_prices
        where model_id = ${sonnet} and valid_from > now()`;
    const year = new Date().getUTCFullYear() + 1;
    await chooseAction(page, "Claude Sonnet 5.5", "Prices of Claude Sonnet 5.5");
    await dialog.getByLabel("Input").fill("1.5");
    await dialog.getByLabel("Hold from, in UTC").fill(`${year}-03-01T00:00`);
    await press(page, "Set the prices");
    await press(page, "Done");
    expect(await scheduled()).toEqual([{ input: 1.5 }]);
    await modelRow(page, "Claude Sonnet 5.5").getByText("$2.20 / $11.00").waitFor();

    await chooseAction(page, "Claude Sonnet 5.5", "Prices of Claude Sonnet 5.5");
    await dialog.getByRole("button", { name: `Take back the prices from 1 Mar ${year}` }).click();
    const undo = dialog.getByRole("button", { name: "Undo", exact: true });
    await pressUntil(page, "Take them back", undo);
    await undo.click();
    await dialog.getByText("Undone.").waitFor();
    expect(await scheduled()).toEqual([{ input: 1.5 }]);
    await press(page, "Close");

    // The present price can be scheduled, in place of the other; back again, the other holds.
    await chooseAction(page, "Claude Sonnet 5.5", "Prices of Claude Sonnet 5.5");
    await dialog.getByLabel("Hold from, in UTC").fill(`${year}-03-01T00:00`);
    await pressUntil(page, "Set the prices", undo);
    expect(await scheduled()).toEqual([{ input: 2.2 }]);
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    expect(await scheduled()).toEqual([{ input: 1.5 }]);
  }));

Deno.test("a change is not confirmed with the impact of another one", () =>
  asAdmin(stack, async ({ page }) => {
    const dialog = dialogOf(page);
    await chooseAction(page, "Claude Sonnet 5.5", "Disable Claude Sonnet 5.5");
    const button = dialog.getByRole("button", { name: "Disable", exact: true });
    await eventually(() => button.isEnabled());
    const held = Promise.withResolvers<void>();
    await page.route("**/functions/v1/**", async (route) => {
      await held.promise;
      await route.continue();
    });
    await dialog.getByLabel("Also take it from the conversations").check();
    await dialog.getByText("what this would do").waitFor();
    expect(await button.isDisabled()).toBe(true);
    held.resolve();
    await eventually(() => button.isEnabled());
    await page.unrouteAll({ behavior: "wait" });
  }));

Deno.test("what was entered of a prompt is not lost by Escape, a link or the way back", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await openView(page, "Assistants");
    await chooseAction(page, "Health assistant", "Edit Health assistant");
    const prompt = dialog.getByLabel("System prompt");
    const before = await prompt.inputValue();
    await prompt.fill("Be brief.");
    for (let presses = 0; presses < 3; presses++) {
      await page.keyboard.press("Escape");
      await dialog.getByText("What you entered is not saved.").waitFor();
    }
    await page.goBack();
    await press(page, "Go on editing");
    expect(await prompt.inputValue()).toBe("Be brief.");
    await page.getByRole("heading", { level: 1, name: "Assistants", includeHidden: true })
      .waitFor();
    // Somebody else changes it meanwhile: that is said, and what was entered stays.
    await project.sql`
      update ai_assistants set name = 'Helper' where assistant_type = 'health'`;
    await press(page, "Save");
    await dialog.getByRole("alert").waitFor();
    expect(await prompt.inputValue()).toBe("Be brief.");
    await press(page, "Save");
    await dialog.getByRole("button", { name: "Undo" }).click();
    await dialog.getByText("Undone.").waitFor();
    const [row] = await project.sql`
      select name, system_prompt from ai_assistants where assistant_type = 'health'`;
    expect(row).toEqual({ name: "Helper", system_prompt: before });
  }));

Deno.test("the settings are changed after their effect is shown, and set back", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const allowed = async () => {
      const [row] = await project.sql`select allowed_geographies from registry_settings`;
      return row?.allowed_geographies;
    };
    const before = await allowed();
    await openView(page, "Settings");
    await page.getByRole("button", { name: "Change the settings" }).click();
    await dialog.getByLabel("us", { exact: true }).check();
    await dialog.getByText("No assistant is answered by another model.").waitFor();
    await press(page, "Save");
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    expect(await allowed()).toEqual([...before, "us"]);
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    expect(await allowed()).toEqual(before);
  }));

Deno.test("an answer is explained from the chat, and by the id of its request", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.bedrock.addFaultRule({ kind: "error", exception: "AccessDeniedException" }, {
      model: "eu.amazon.nova-pro-v1:0",
      times: 1,
    });
    await openView(page, "Chat");
    await page.getByLabel("Question").fill("Which model answers me?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("link", { name: "Explain this answer" }).click();
    await page.getByText("passed over").first().waitFor();
    await page.getByText("answered", { exact: true }).waitFor();
    const [turn] = await project.sql`
      select id from ai_messages where role = 'assistant' order by created_at desc limit 1`;
    await page.getByLabel("Id of a message or a request").fill(turn?.id);
    await page.getByRole("button", { name: "Explain" }).click();
    await eventually(async () => String(await page.evaluate("location.hash")).includes(turn?.id));
    await page.getByText("passed over").first().waitFor();
    const evidence = JSON.parse(await download(page, "Save evidence"));
    expect(evidence).toMatchObject({ schema_version: 1, words: { available: false } });
    expect(JSON.stringify(evidence)).toContain(turn?.id);
    expect(JSON.stringify(evidence)).not.toContain("Which model answers me?");
    await page.route("**/functions/v1/**", (route) => route.fulfill({ status: 503, body: "{}" }));
    await page.getByRole("button", { name: "Save evidence" }).click();
    await page.getByRole("alert").waitFor();
    await page.unrouteAll({ behavior: "wait" });
    await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.getByLabel("Id of a message or a request").fill(crypto.randomUUID());
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("alert").waitFor();
  }));
