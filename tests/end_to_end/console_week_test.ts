/** An operator's week on the console: nothing here writes a line of SQL, except to look. */
import { expect } from "@std/expect";
import type { Locator, Page } from "playwright-core";
import {
  asAdmin,
  chooseAction,
  defaultModel,
  eventually,
  modelRow,
  openView,
} from "../support/console_page.ts";
import type { FreshProject } from "../support/fresh_project.ts";
import { personas } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const opus = "eu.anthropic.claude-opus-4-6-v1";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const sonnet = "eu.anthropic.claude-sonnet-5-5";

function dialogOf(page: Page): Locator {
  return page.getByRole("dialog");
}

async function press(page: Page, name: string): Promise<void> {
  await dialogOf(page).getByRole("button", { name, exact: true }).click();
}

/** What a download holds. */
async function download(page: Page, button: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return await Deno.readTextFile(await file.path());
}

async function modelOfAssistant({ sql }: FreshProject, type: string) {
  const [row] = await sql`
    select model_version from ai_assistants where assistant_type = ${type}`;
  return row?.model_version;
}

Deno.test("a model goes from AWS's list to an assistant's default: price, trial, probe, switch, undo", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await openView(page, "AWS catalog");
    await page.getByRole("button", { name: "Register Claude Opus 4.6" }).click();
    await press(page, "Register");
    await dialog.getByText("Claude Opus 4.6 is registered and not available yet.").waitFor();

    await press(page, "Enter its price");
    await dialog.getByRole("row").filter({ hasText: "current" }).getByText("not known").first()
      .waitFor();
    await dialog.getByLabel("Input").fill("5,50");
    await dialog.getByText("A price is a number with a point").waitFor();
    expect(await dialog.getByRole("button", { name: "Set the prices" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Input").fill("5.50");
    await dialog.getByLabel("Output").fill("27.50");
    await dialog.getByLabel("Reason").fill("AWS's list of November");
    await press(page, "Set the prices");
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    await press(page, "Done");
    const [price] = await project.sql`
      select input_cost_per_mtok::float8 as input, output_cost_per_mtok::float8 as output
      from bedrock_models where model_id = ${opus}`;
    expect(price).toEqual({ input: 5.5, output: 27.5 });

    await openView(page, "Models");
    await chooseAction(page, "Claude Opus 4.6", "Try Claude Opus 4.6");
    await page.getByLabel("As the assistant").selectOption({ label: "Health assistant" });
    await page.getByLabel("Model 1").selectOption({ label: "Amazon Nova Lite" });
    await page.getByLabel("Question").fill("What helps against a headache?");
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    for (const name of ["Amazon Nova Lite", "Claude Opus 4.6"]) {
      const answer = page.getByRole("listitem", { name: `Answer of ${name}` });
      await answer.getByText(`[stand-in: ${name}]`).waitFor();
      expect(await answer.innerText()).toMatch(/Cost\s+\$0\.\d/);
    }
    expect(await project.sql`select from ai_conversations`).toHaveLength(0);
    const trials = await project.sql`
      select model_id from ai_usage where purpose = 'trial' order by model_id`;
    expect(trials.map(({ model_id }) => model_id)).toEqual([
      "eu.amazon.nova-lite-v1:0",
      opus,
    ]);

    await openView(page, "Models");
    await modelRow(page, "Claude Opus 4.6").getByRole("button", { name: "Enable" }).click();
    await press(page, "Enable");
    await press(page, "Done");
    await openView(page, "Assistants");
    await page.getByRole("button", { name: "Change the model of Health assistant" }).click();
    await dialog.getByLabel("Answers with").selectOption(opus);
    await press(page, "Continue");
    await dialog.getByText("Probe passed.").waitFor();
    await dialog.getByText("Amazon Nova Lite → Claude Opus 4.6, 0 turns in 30 days").waitFor();
    await dialog.getByLabel("Reason").fill("It explains better");
    await press(page, "Assign it");
    await dialog.getByText("Health assistant answers with Claude Opus 4.6.").waitFor();
    expect((await project.ask("patient", "Hello")).body.model).toMatchObject({
      model_id: opus,
      reason: "assistant",
    });
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    await press(page, "Close");
    expect(await modelOfAssistant(project, "health")).toBe("eu.amazon.nova-lite-v1:0");

    await openView(page, "Performance");
    await page.getByRole("table", { name: "Switches and their effect" })
      .getByText("Claude Opus 4.6").first().waitFor();
    await openView(page, "Audit log");
    await page.getByRole("searchbox", { name: "Search" }).fill("explains better");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("health answers with Claude Opus 4.6").waitFor();
    await page.getByText("No older entry matches.").waitFor();
    expect(await page.locator("tbody tr").count()).toBe(1);
    const csv = await download(page, "Export as CSV");
    expect(csv.split("\r\n")).toHaveLength(3);
    expect(csv).toContain("health answers with Claude Opus 4.6; before: Amazon Nova Lite");
  }));

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
    await press(page, "Make it the default");
    await dialogOf(page).getByText("Claude Sonnet 5.5 is now the default.").waitFor();
    expect(await defaultModel(project)).toBe(sonnet);
  }));

Deno.test("a new assistant gets its prompt and a user its role, and both are taken back", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await openView(page, "Assistants");
    await page.getByRole("button", { name: "New assistant" }).click();
    await dialog.getByLabel("Type").fill("triage");
    await dialog.getByRole("textbox", { name: "Name" }).fill("Triage assistant");
    await dialog.getByLabel("System prompt").fill("Ask how urgent it is.");
    await dialog.getByLabel("Temperature").fill("0.1");
    await dialog.getByLabel("Fallbacks").selectOption({ label: "no other model" });
    await press(page, "Add it");
    await dialog.getByRole("button", { name: "Done" }).click();
    const [row] = await project.sql`
      select name, system_prompt, model_config, fallback_models from ai_assistants
      where assistant_type = 'triage'`;
    expect(row).toEqual({
      name: "Triage assistant",
      system_prompt: "Ask how urgent it is.",
      model_config: { temperature: 0.1 },
      fallback_models: [],
    });

    await openView(page, "Roles");
    await page.getByRole("button", { name: "Give a role" }).click();
    await dialog.getByLabel("E-mail").fill("nobody@example.com");
    await dialog.getByLabel("Role").selectOption("triage");
    await press(page, "Set the role");
    await dialog.getByRole("alert").waitFor();
    // What was entered is still there.
    expect(await dialog.getByLabel("Role").inputValue()).toBe("triage");
    await dialog.getByLabel("E-mail").fill(personas.clinician);
    await dialog.getByLabel("Reason").fill("Works at the front desk");
    await press(page, "Set the role");
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    expect((await project.ask("clinician", "Hello")).status).toBe(200);
    const [asked] = await project.bedrock.requests();
    expect(JSON.stringify(asked?.body)).toContain("Ask how urgent it is.");
    expect(
      await project.sql`
        select a.assistant_type from ai_conversations as c join ai_assistants as a
        on a.id = c.assistant_id`,
    ).toEqual([{ assistant_type: "triage" }]);
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    await press(page, "Close");
    await page.getByRole("row").filter({ hasText: personas.clinician }).getByText("clinical")
      .waitFor();
    await page.getByRole("link", { name: "History" }).click();
    const change = page.getByRole("row").filter({ hasText: "Works at the front desk" }).first();
    await change.getByText(`${personas.clinician} has role triage`).waitFor();
    await change.getByText("before: clinical").waitFor();
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

Deno.test("a model that AWS has ended is on top, and its successor takes its place", () =>
  asAdmin(stack, async ({ page, project }) => {
    const rows = page.getByRole("table", { name: "Models" }).locator("tbody tr");
    expect(await rows.nth(0).innerText()).toContain("Amazon Nova Pro");
    expect(await rows.nth(1).innerText()).toContain("AWS has ended it in most regions");
    await page.getByRole("button", { name: "Replace Claude 3.5 Sonnet v2" }).click();
    expect(await dialogOf(page).getByLabel("Answers with").inputValue()).toBe(sonnet);
    await press(page, "Continue");
    await dialogOf(page).getByText("Claude 3.5 Sonnet v2 → Claude Sonnet 5.5, ").waitFor();
    await press(page, "Assign it");
    await dialogOf(page).getByText("Clinical assistant answers with Claude Sonnet 5.5.").waitFor();
    await press(page, "Done");
    expect(await modelOfAssistant(project, "clinical")).toBe(sonnet);
    await modelRow(page, "Claude 3.5 Sonnet v2").getByText("trouble").waitFor({
      state: "detached",
    });
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
    await eventually(async () => (await page.evaluate("location.hash")).includes(turn?.id));
    await page.getByText("passed over").first().waitFor();
    await page.getByLabel("Id of a message or a request").fill(crypto.randomUUID());
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("alert").waitFor();
  }));

Deno.test("the month's cost is a file for a spreadsheet", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.ask("patient", "Hello");
    await openView(page, "Cost");
    const month = new Date().toISOString().slice(0, 7);
    const csv = await download(page, `Export ${month} as CSV`);
    const [head, model] = csv.split("\r\n");
    expect(head).toBe("month,by,name,to_date_usd,projected_usd,unpriced,estimated_usd");
    expect(model).toMatch(new RegExp(`^${month},model,eu\\.amazon\\.nova-lite-v1:0,0\\.0\\d+,`));
  }));
