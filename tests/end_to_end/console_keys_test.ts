/** API keys and the names of models on the console, and what they open. */
import { expect } from "@std/expect";
import type { Page } from "playwright-core";
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
const hour = 3_600_000;

/** The status of the list of models with a key. */
async function statusWith(key: string, dialect: "openai" | "anthropic"): Promise<number> {
  const response = await fetch(`${stack.apiUrl}/functions/v1/${dialect}/v1/models`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await response.body?.cancel();
  return response.status;
}

/** The key that the dialog shows, once. */
async function shownKey(page: Page): Promise<string> {
  const key = await dialogOf(page).getByLabel("API key").inputValue();
  expect(key).toMatch(/^bsk_[\w-]{43}$/);
  return key;
}

async function createKey(page: Page, name: string): Promise<string> {
  await openView(page, "Keys");
  await page.getByRole("button", { name: "New key" }).click();
  await dialogOf(page).getByLabel("Name").fill(name);
  await press(page, "Create the key");
  return await shownKey(page);
}

Deno.test("a key is created with its scopes, and shown this once", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await openView(page, "Keys");
    await page.getByText("There is no key.").waitFor();
    await page.getByRole("button", { name: "New key" }).click();
    await dialog.getByText("The name is missing.").waitFor();
    expect(await dialog.getByRole("button", { name: "Create the key" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Name").fill("Docs bot");
    await dialog.getByLabel("Assistant").selectOption("health");
    const models = dialog.getByRole("group", { name: "Models that may answer" });
    await models.getByLabel("Models").selectOption({ label: "these models" });
    await models.getByLabel("Add").selectOption(lite);
    await models.getByRole("listitem").filter({ hasNotText: "Amazon Nova Lite" })
      .getByRole("button").click();
    await dialog.getByLabel("Endpoints").selectOption("openai");
    await dialog.getByLabel("Expires, in UTC").fill("2001-01-01T00:00");
    await dialog.getByText("The key would expire in the past.").waitFor();
    const year = new Date().getUTCFullYear() + 1;
    await dialog.getByLabel("Expires, in UTC").fill(`${year}-03-01T09:30`);
    await dialog.getByLabel("Reason").fill("For the search of the docs");
    await press(page, "Create the key");

    const key = await shownKey(page);
    await dialog.getByText(`${stack.apiUrl}/functions/v1/openai/v1`, { exact: true }).waitFor();
    expect(await dialog.innerText()).not.toContain("ANTHROPIC_BASE_URL");
    await press(page, "Copy");
    await dialog.getByText("Copied.").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(key);
    // Neither a habit nor a link takes it away.
    await page.keyboard.press("Escape");
    await page.goBack();
    expect(await shownKey(page)).toBe(key);
    expect([await statusWith(key, "openai"), await statusWith(key, "anthropic")])
      .toEqual([200, 403]);
    await press(page, "Done");

    const row = page.getByRole("row").filter({ hasText: "Docs bot" });
    for (const text of ["Health assistant", "Amazon Nova Lite", `1 Mar ${year}, 09:30 UTC`]) {
      await row.getByText(text).waitFor();
    }
    await row.getByText(/^admin@example\.com.*by admin@example\.com$/).waitFor();
    expect(await page.content()).not.toContain(key);
    const [stored] = await project.sql`
      select name, prefix, assistant_type, models, dialects from ai_api_keys`;
    expect(stored).toEqual({
      name: "Docs bot",
      prefix: key.slice(0, 10),
      assistant_type: "health",
      models: [lite],
      dialects: ["openai"],
    });
  }));

Deno.test("a key is rotated with a grace period, and revoked with the next request", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const former = await createKey(page, "Docs bot");
    await press(page, "Done");
    await page.getByRole("button", { name: `Rotate Docs bot, ${former.slice(0, 10)}` }).click();
    await dialog.getByLabel("The former key expires").selectOption({ label: "in an hour" });
    await press(page, "Create a new key");
    const key = await shownKey(page);
    expect(key).not.toBe(former);
    await press(page, "Done");
    expect([await statusWith(former, "openai"), await statusWith(key, "openai")])
      .toEqual([200, 200]);
    const [ends] = await project.sql`
      select grace_ends_at from ai_api_keys where prefix = ${former.slice(0, 10)}`;
    expect(Math.abs(Date.parse(ends?.grace_ends_at) - Date.now() - hour)).toBeLessThan(hour / 10);

    const named = `Docs bot, ${key.slice(0, 10)}`;
    await page.getByRole("row").filter({ hasText: `In place of ${former.slice(0, 10)}` }).waitFor();
    // The former one has a successor.
    expect(await page.getByRole("button", { name: /^Rotate Docs bot/ }).count()).toBe(1);
    await chooseAction(page, named, `Revoke ${named}`);
    await dialog.getByText("This cannot be undone").waitFor();
    await press(page, "Revoke the key");
    await press(page, "Done");
    expect([await statusWith(former, "openai"), await statusWith(key, "openai")])
      .toEqual([200, 401]);
    await page.getByRole("row").filter({ hasText: key.slice(0, 10) }).getByText("revoked", {
      exact: true,
    }).waitFor();
    expect(await page.getByRole("button", { name: `Rotate ${named}` }).count()).toBe(0);

    await page.getByRole("link", { name: "History", exact: true }).click();
    for (
      const what of [
        `API key Docs bot (${former.slice(0, 10)}…) created`,
        `API key Docs bot (${former.slice(0, 10)}…) changed`,
        `API key Docs bot (${key.slice(0, 10)}…) created in place of another`,
        `API key Docs bot (${key.slice(0, 10)}…) revoked`,
      ]
    ) await page.getByText(what, { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: /^Roll back/ }).count()).toBe(0);
  }));

Deno.test("a model gets aliases, which are refused where they are taken, and taken back", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    const aliases = async () => {
      const [row] = await project.sql`
        select aliases from bedrock_models where model_id = ${lite}`;
      return row?.aliases;
    };
    const before = await aliases();
    await project.sql`
      update bedrock_models set aliases = '{taken}' where model_id = 'eu.amazon.nova-pro-v1:0'`;
    await modelRow(page, "Amazon Nova Pro").getByText("Also named taken").waitFor();
    await chooseAction(page, "Amazon Nova Lite", "Aliases of Amazon Nova Lite");
    await dialog.getByLabel("Aliases").fill("assistant/health");
    await dialog.getByText("assistant/health is no alias").waitFor();
    expect(await dialog.getByRole("button", { name: "Set the aliases" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Aliases").fill("claude-quick, taken");
    await press(page, "Set the aliases");
    await dialog.getByRole("alert").waitFor();
    expect(await dialog.getByLabel("Aliases").inputValue()).toBe("claude-quick, taken");
    expect(await aliases()).toEqual(before);

    await dialog.getByLabel("Aliases").fill("claude-quick\nfast");
    await press(page, "Set the aliases");
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    await modelRow(page, "Amazon Nova Lite").getByText("Also named claude-quick, fast").waitFor();
    expect(await aliases()).toEqual(["claude-quick", "fast"]);
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    expect(await aliases()).toEqual(before);
  }));

Deno.test("an assistant's callers may name the models that its dialog allows, and get its largest answer", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = dialogOf(page);
    await project.sql`
      update bedrock_models set aliases = '{quick}' where model_id = ${lite}`;
    await modelRow(page, "Amazon Nova Lite").getByText("Also named quick").waitFor();
    await openView(page, "Assistants");
    await chooseAction(page, "Health assistant", "Edit Health assistant");
    const allowed = dialog.getByRole("group", { name: "Its callers may name" });
    await allowed.getByLabel("Allowed models").selectOption({ label: "these models" });
    await allowed.getByLabel("Add").selectOption("quick");
    await allowed.getByText("quick (now Amazon Nova Lite)").waitFor();
    await dialog.getByLabel("Largest answer, in tokens").fill("800");
    await press(page, "Save");
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    const [row] = await project.sql`
      select allowed_models, max_output_tokens from ai_assistants where assistant_type = 'health'`;
    expect(row?.max_output_tokens).toBe(800);
    expect(row?.allowed_models).toHaveLength(2);
    expect(row?.allowed_models[1]).toBe("quick");
    await press(page, "Done");
    await page.getByRole("row").filter({ hasText: "Health assistant" })
      .getByText("answers of at most 800 tokens").waitFor();
  }));
