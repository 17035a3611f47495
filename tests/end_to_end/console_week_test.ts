/** An operator's week on the console: nothing here writes a line of SQL, except to look. */
import { expect } from "@std/expect";
import {
  asAdmin,
  chooseAction,
  dialogOf,
  download,
  modelRow,
  openView,
  press,
} from "../support/console_page.ts";
import type { FreshProject } from "../support/fresh_project.ts";
import { personas } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const opus = "eu.anthropic.claude-opus-4-6-v1";
const sonnet = "eu.anthropic.claude-sonnet-5-5";

async function modelOfAssistant({ sql }: FreshProject, type: string) {
  const [row] = await sql`
    select model_version from ai_assistants where assistant_type = ${type}`;
  return row?.model_version;
}

Deno.test("a model goes from AWS's list to an assistant's default: price, trial, probe, switch, undo", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await openView(page, "Catalog");
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

Deno.test("a new assistant gets its prompt and a user its role, and both are taken back", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await openView(page, "Assistants");
    await page.getByRole("button", { name: "New assistant" }).click();
    await dialog.getByLabel("Type").fill("triage");
    await dialog.getByRole("textbox", { name: "Name" }).fill("Triage assistant");
    await dialog.getByLabel("System prompt").fill("Ask how urgent it is.");
    await dialog.getByLabel("Temperature").fill("0.1");
    await dialog.getByRole("combobox", { name: /^Fallbacks/ }).selectOption({
      label: "no other model",
    });
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
