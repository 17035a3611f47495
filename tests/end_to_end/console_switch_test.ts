import { expect } from "@std/expect";
import type { Page } from "playwright-core";
import {
  asAdmin,
  chooseAction,
  defaultModel,
  eventually,
  modelRow,
  openView,
} from "../support/console_page.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";

function switchTo(page: Page, name: string) {
  return page.getByRole("button", { name: `Switch to ${name}`, exact: true });
}

Deno.test("the console switches the default after a probe, and the next answer is the new model's", () =>
  asAdmin(stack, async ({ page, project }) => {
    await switchTo(page, "Claude Haiku 5.5").click();
    const dialog = page.getByRole("dialog", { name: "Switch to Claude Haiku 5.5" });
    await dialog.getByText("Probe passed.").waitFor();
    const effect = await dialog.innerText();
    expect(effect).toContain("Amazon Nova Pro → Claude Haiku 5.5");
    expect(effect).toContain("$1.05/$4.20 → $0.11/$0.55 per million tokens");
    await dialog.getByText("Amazon Nova Pro → Claude Haiku 5.5, 0 turns in 30 days").waitFor();
    expect(await dialog.innerText()).not.toContain("Health assistant");
    await dialog.getByLabel("Reason").fill("Cheaper, and as good");
    expect(await defaultModel(project)).toBe(novaPro);

    await dialog.getByRole("button", { name: "Make it the default" }).click();
    await dialog.getByText("Claude Haiku 5.5 is now the default.").waitFor();
    expect(await defaultModel(project)).toBe(haiku);
    const [entry] = await project.sql`
      select source, probe, actor_user_id, reason from model_switches order by id desc limit 1`;
    expect(entry).toMatchObject({
      source: "api",
      probe: "passed",
      reason: "Cheaper, and as good",
    });
    expect(entry?.actor_user_id).not.toBeNull();

    await dialog.getByRole("button", { name: "Done" }).click();
    await modelRow(page, "Claude Haiku 5.5").filter({ hasText: "default" }).waitFor();
    await modelRow(page, "Claude Haiku 5.5").filter({ hasText: "passed in" }).waitFor();
    await openView(page, "Chat");
    await page.getByLabel("Question").fill("Which model answers me?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("[stand-in: Claude Haiku 5.5]").waitFor();
    await page.getByText("because it is the default").waitFor();
  }));

Deno.test("the console takes a switch back", () =>
  asAdmin(stack, async ({ page, project }) => {
    await switchTo(page, "Amazon Nova Lite").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Make it the default" }).click();
    await dialog.getByRole("button", { name: "Undo" }).click();
    await dialog.getByText("Undone.").waitFor();
    expect(await defaultModel(project)).toBe(novaPro);
    await dialog.getByRole("button", { name: "Close" }).click();
    await modelRow(page, "Amazon Nova Pro").filter({ hasText: "default" }).waitFor();
  }));

Deno.test("the console takes a switch back only if nothing was changed since", () =>
  asAdmin(stack, async ({ page, project }) => {
    await switchTo(page, "Amazon Nova Lite").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Make it the default" }).click();
    const undo = dialog.getByRole("button", { name: "Undo" });
    await undo.waitFor();
    await project.sql`
      update bedrock_models set is_default = true where model_id = ${haiku}`;
    await undo.click();
    const alert = dialog.getByRole("alert");
    await alert.getByText("It is too late to undo this here").waitFor();
    expect(await alert.innerText()).toContain("Nothing was undone");
    expect(await defaultModel(project)).toBe(haiku);
  }));

Deno.test("the console shows why a probe failed, offers no switch, and changes nothing", () =>
  asAdmin(stack, async ({ page, project }) => {
    const fault = {
      kind: "error",
      exception: "AccessDeniedException",
      message: "You don't have access to the model with the specified model ID.",
    } as const;
    await project.bedrock.addFaultRule(fault, { model: novaLite, times: 2 });
    const [before] = await project.sql`select version from registry_version`;
    await switchTo(page, "Amazon Nova Lite").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("It cannot be switched to. Nothing was changed.").waitFor();
    expect(await dialog.innerText()).toContain("bedrock_access_denied");
    expect(await dialog.getByRole("button").allInnerTexts()).toEqual(["Close", "Probe again"]);
    expect(await defaultModel(project)).toBe(novaPro);
    expect(await project.sql`select version from registry_version`).toEqual([before]);

    await dialog.getByRole("button", { name: "Close" }).click();
    const row = modelRow(page, "Amazon Nova Lite");
    await row.getByText("bedrock_access_denied").waitFor();
    // It may pass later: the fault is over.
    await switchTo(page, "Amazon Nova Lite").click();
    await dialog.getByText("Probe passed.").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await defaultModel(project)).toBe(novaPro);
  }));

Deno.test("another operator's switch appears in the console without a reload, and is announced", () =>
  asAdmin(stack, async ({ page, project }) => {
    const news = page.getByRole("status", { name: "News" });
    expect(await news.innerText()).toBe("");
    await project.sql`
      update bedrock_models set is_default = true where model_id = ${haiku}`;
    await news.getByText("Claude Haiku 5.5 is now the default.").waitFor();
    await modelRow(page, "Claude Haiku 5.5").filter({ hasText: "default" }).waitFor();
    await switchTo(page, "Amazon Nova Pro").waitFor();
    await news.getByRole("button", { name: /^Dismiss/ }).click();
    expect(await news.innerText()).toBe("");
  }));

Deno.test("the console switches by keyboard alone, and focus comes back", () =>
  asAdmin(stack, async ({ page, project }) => {
    const focused = () =>
      page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent");
    const tabTo = async (label: string) => {
      // A button that waits for what it shows takes no focus before.
      await eventually(async () => {
        if (await focused() !== label) await page.keyboard.press("Tab");
        return await focused() === label;
      });
    };
    const dialog = page.getByRole("dialog");

    // Escape leaves everything as it is, and goes back to where one was.
    await tabTo("Switch to Amazon Nova Lite");
    await page.keyboard.press("Enter");
    await dialog.getByText("Probe passed.").waitFor();
    expect(await focused()).toBe("Switch to Amazon Nova Lite");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await eventually(async () => await focused() === "Switch to Amazon Nova Lite");
    expect(await defaultModel(project)).toBe(novaPro);

    await page.keyboard.press("Enter");
    await dialog.getByText("Probe passed.").waitFor();
    await tabTo("Make it the default");
    await page.keyboard.press("Enter");
    await dialog.getByText("Amazon Nova Lite is now the default.").waitFor();
    await tabTo("Done");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    // The button is gone, as the model is the default now.
    await eventually(async () => await focused() === "Models");
    expect(await defaultModel(project)).toBe(novaLite);
  }));

Deno.test("the console enables and disables models, and takes it back", () =>
  asAdmin(stack, async ({ page, project }) => {
    const state = async () => {
      const [row] = await project.sql`
        select is_available, serves_pinned from bedrock_models where model_id = ${novaLite}`;
      return row;
    };
    const dialog = page.getByRole("dialog");
    await chooseAction(page, "Amazon Nova Lite", "Disable Amazon Nova Lite");
    await dialog.getByText("Health assistant", { exact: true }).waitFor();
    await dialog.getByText("Amazon Nova Lite → ").waitFor();
    await dialog.getByLabel("Also take it from the conversations").check();
    await dialog.getByRole("button", { name: "Disable" }).click();
    await dialog.getByRole("button", { name: "Undo" }).waitFor();
    expect(await state()).toEqual({ is_available: false, serves_pinned: false });
    await dialog.getByRole("button", { name: "Undo" }).click();
    await dialog.getByText("Undone.").waitFor();
    expect(await state()).toEqual({ is_available: true, serves_pinned: true });
    await dialog.getByRole("button", { name: "Close" }).click();

    await page.getByRole("button", { name: "Enable Claude 3 Haiku" }).click();
    await dialog.getByRole("button", { name: "Enable" }).click();
    await dialog.getByText("Claude 3 Haiku is available.").waitFor();
    await dialog.getByRole("button", { name: "Done" }).click();
    await switchTo(page, "Claude 3 Haiku").waitFor();
  }));

Deno.test("the console offers no way back from disabling what somebody else has disabled", () =>
  asAdmin(stack, async ({ page, project }) => {
    const dialog = page.getByRole("dialog");
    await chooseAction(page, "Amazon Nova Lite", "Disable Amazon Nova Lite");
    await project.sql`
      update bedrock_models set is_available = false where model_id = ${novaLite}`;
    await dialog.getByRole("button", { name: "Disable" }).click();
    await dialog.getByText("Amazon Nova Lite takes no new conversations").waitFor();
    expect(await dialog.getByRole("button").allInnerTexts()).toEqual(["Done"]);
  }));

Deno.test("the console's dialog stays while it switches, however often Escape is pressed", () =>
  asAdmin(stack, async ({ page, project }) => {
    await switchTo(page, "Amazon Nova Lite").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Probe passed.").waitFor();
    await project.bedrock.addFaultRule({ kind: "latency", ms: 2_000 }, {
      model: novaLite,
      times: 2,
    });
    await dialog.getByRole("button", { name: "Make it the default" }).click();
    await dialog.getByText("Switching …").waitFor();
    for (let presses = 0; presses < 5; presses++) await page.keyboard.press("Escape");
    await dialog.getByText("Amazon Nova Lite is now the default.").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Switch to Amazon Nova Micro" }).click();
    await dialog.getByText("Probe passed.").waitFor();
  }));
