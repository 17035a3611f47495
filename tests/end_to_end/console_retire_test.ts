/** Retiring a model in the console: the calendar, the dry run, the change and the way back. */
import { expect } from "@std/expect";
import {
  asAdmin,
  chooseAction,
  dialogOf,
  eventually,
  openView,
  press,
} from "../support/console_page.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const sonnet = "eu.anthropic.claude-sonnet-5-5";
const novaPro = "eu.amazon.nova-pro-v1:0";

Deno.test("the console shows the calendar, retires with the dry run first, and undoes it", () =>
  asAdmin(stack, async ({ page, project: { sql } }) => {
    const dialog = dialogOf(page);
    const clinical = async () =>
      (await sql`
        select model_version from ai_assistants where assistant_type = 'clinical'`)[0]
        ?.model_version;
    await openView(page, "Catalog");
    const row = page.getByRole("table", { name: "Lifecycle dates" })
      .getByRole("row").filter({ hasText: claude35 });
    await row.getByText("Claude Sonnet 5.5").waitFor();
    await row.getByText("in use").waitFor();

    await openView(page, "Models");
    await chooseAction(page, "Claude 3.5 Sonnet v2", "Retire Claude 3.5 Sonnet v2");
    await dialog.getByText("In its place").waitFor();
    await dialog.getByText("Model of").waitFor();
    const button = dialog.getByRole("button", { name: "Retire", exact: true });
    await eventually(() => button.isEnabled());
    // Another successor is foreseen before it is taken.
    await dialog.getByLabel("Successor").selectOption(novaPro);
    await dialog.locator("dd", { hasText: "Nova Pro" }).first().waitFor();
    await eventually(() => button.isEnabled());
    expect(await clinical()).toBe(claude35);
    await dialog.getByLabel("Successor").selectOption("");
    await eventually(() => button.isEnabled());
    await button.click();
    await dialog.getByText(`is retired; ${sonnet} is in its place.`).waitFor();
    expect(await clinical()).toBe(sonnet);
    await press(page, "Undo");
    await dialog.getByText("Undone.").waitFor();
    expect(await clinical()).toBe(claude35);
  }));
