import { expect } from "@std/expect";
import type { Locator, Page } from "playwright-core";
import { asAdmin, openView } from "../support/console_page.ts";
import { claude35, novaLite, playTurns } from "../support/played_turns.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

/** What the test needs of a canvas; the types of browsers are not those of Deno. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

/** How many different colours a chart's canvas has; one is a blank canvas. */
function coloursOf(figure: Locator): Promise<number> {
  return figure.locator("canvas").evaluate((element) => {
    const canvas = element as unknown as Canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

/** The table beside a chart, row by row, as texts. */
async function tableOf(figure: Locator): Promise<string[][]> {
  await figure.getByText("Figures as a table").click();
  await figure.getByRole("row").first().waitFor();
  const rows = await figure.getByRole("row").all();
  return await Promise.all(rows.map((row) => row.locator("th, td").allInnerTexts()));
}

function chart(page: Page, name: RegExp): Locator {
  return page.getByRole("figure", { name });
}

Deno.test("the console charts usage, with its switches, and tells the same in a table", () =>
  asAdmin(stack, async ({ page, project }) => {
    await playTurns(project);
    await manage(project, { action: "set-default", model_id: novaLite });
    await openView(page, "Usage");
    const turns = chart(page, /^Turns per day/);
    await turns.locator("canvas").waitFor();
    expect(await coloursOf(turns)).toBeGreaterThan(10);
    expect(await turns.locator(".legend li").allInnerTexts()).toEqual([
      expect.stringMatching(/^Amazon Nova Lite\s*3$/),
      expect.stringMatching(/^Amazon Nova Pro\s*2$/),
      expect.stringMatching(/^Claude Sonnet 5.5\s*1$/),
    ]);
    await turns.locator(".marks li", { hasText: "Default: Amazon Nova Pro → Amazon Nova Lite" })
      .last().waitFor({ state: "attached" });
    const [head, today, yesterday] = await tableOf(turns);
    expect(head).toEqual([
      ...["Time (UTC)", "Amazon Nova Lite", "Amazon Nova Pro", "Claude Sonnet 5.5"],
    ]);
    expect(today?.slice(1)).toEqual(["3", "2", "1"]);
    expect(yesterday?.slice(1)).toEqual(["0", "0", "0"]);
    const tiles = await page.locator(".tiles").innerText();
    expect(tiles).toMatch(/Turns\s+6/);
    expect(tiles).toMatch(/Errors\s+2\s+33 %/);
    expect(tiles).toMatch(/Fallbacks\s+1\s+17 %/);

    await page.getByRole("combobox", { name: "By" }).selectOption("assistant");
    await page.getByRole("combobox", { name: "Show" }).selectOption("errors");
    const errors = chart(page, /^Errors per day/);
    await errors.waitFor();
    expect(await errors.locator(".legend li").allInnerTexts()).toEqual([
      expect.stringMatching(/^Health assistant\s*1$/),
      expect.stringMatching(/^Platform assistant\s*1$/),
      expect.stringMatching(/^Clinical assistant\s*0$/),
    ]);
    await page.getByLabel("24 h").check();
    await chart(page, /^Errors per hour/).locator("canvas").waitFor();
  }));

Deno.test("the console shows what was spent, and what it would have been on another model", () =>
  asAdmin(stack, async ({ page, project }) => {
    await playTurns(project);
    const { body: whatIf } = await manage(project, {
      action: "what-if",
      model_id: claude35,
      days: 1,
    });
    await openView(page, "Cost");
    const cost = chart(page, /^Cost per day/);
    await cost.locator("canvas").waitFor();
    expect(await coloursOf(cost)).toBeGreaterThan(10);
    const [head, today] = await tableOf(cost);
    expect(head).toContain("Claude Sonnet 5.5");
    expect(today?.slice(1).every((amount) => /^\$0\.0/.test(amount))).toBe(true);
    expect(await page.locator(".tiles").first().innerText()).toMatch(
      /\$0\.0\d+ by estimated tokens[^]*Without a known price\s+0\s+calls, not in the sums/,
    );

    const panel = page.getByRole("region", { name: "What if …" });
    await panel.getByLabel("Everything answered by").selectOption({
      label: "Claude 3.5 Sonnet v2",
    });
    const comparison = panel.getByRole("table", { name: "The comparison, by model" });
    await comparison.waitFor();
    const tiles = await panel.locator(".tiles").innerText();
    expect(whatIf.what_if_usd).toBeGreaterThan(whatIf.actual_usd);
    expect(tiles).toContain(`$${Number(whatIf.what_if_usd.toPrecision(2))}`);
    expect(tiles).toMatch(/Difference\s+\+\$0\.0/);
    expect(await comparison.getByRole("row").count()).toBe(1 + whatIf.by_model.length);
  }));

Deno.test("the console shows how fast models answer, and what a switch changed", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.ask("admin", "Before the switch?");
    await manage(project, { action: "set-default", model_id: novaLite });
    await project.ask("admin", "After the switch?");
    await openView(page, "Performance");
    const latency = chart(page, /^Response time, p95, per day/);
    await latency.locator("canvas").waitFor();
    expect(await coloursOf(latency)).toBeGreaterThan(10);
    const [head, today] = await tableOf(latency);
    expect(head?.slice(1).toSorted()).toEqual(["Amazon Nova Lite", "Amazon Nova Pro"]);
    expect(today?.slice(1).every((time) => /^[\d,.]+ m?s$/.test(time))).toBe(true);
    const models = page.getByRole("table", { name: "Response times by model" });
    expect(await models.getByRole("row").count()).toBe(3);

    const effects = page.getByRole("table", { name: "Switches and their effect" });
    await effects.waitFor();
    const cells = await effects.getByRole("row").nth(1).locator("th, td").allInnerTexts();
    expect(cells[0]).toContain("Default: Amazon Nova Pro → Amazon Nova Lite");
    expect(cells[1]).toBe("1 → 1");
    expect(cells[2]).toBe("0 % → 0 %");
    expect(cells.at(-1)).toBe("0");
  }));

Deno.test("the console says that nothing happened where nothing did", () =>
  asAdmin(stack, async ({ page }) => {
    for (const view of ["Usage", "Cost", "Performance"]) {
      await openView(page, view);
      await page.getByText("Nothing happened in this time.").waitFor();
      expect(await page.locator("canvas").count()).toBe(0);
    }
  }));
