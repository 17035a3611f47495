import { expect } from "@std/expect";
import type { Locator, Page } from "playwright-core";
import { asAdmin, eventually, openView } from "../support/console_page.ts";
import { claude35, novaLite, playTurns } from "../support/played_turns.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

/** The browser prints how a page that reads its own pixels could do it faster. */
const readsPixels = { mayPrint: /^Canvas2D: Multiple readback operations/ };

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

/** How many pixels of a chart's drawing have the colour of the marks. */
function markedPixels(figure: Locator): Promise<number> {
  return figure.locator("canvas").evaluate((element) => {
    const canvas = element as unknown as Canvas;
    const page = globalThis as unknown as {
      document: { documentElement: unknown };
      getComputedStyle: (of: unknown) => { getPropertyValue: (name: string) => string };
    };
    const colour = page.getComputedStyle(page.document.documentElement).getPropertyValue("--mark");
    const wanted = [1, 3, 5].map((at) => parseInt(colour.trim().slice(at, at + 2), 16));
    // Without the axes, whose labels have the same colour.
    const left = Math.ceil(canvas.width / 8);
    const { data } = canvas.getContext("2d")
      .getImageData(left, 0, canvas.width - left, Math.floor(canvas.height * 0.8));
    let found = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (wanted.every((value, index) => Math.abs(data[at + index]! - value) < 8)) found += 1;
    }
    return found;
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
    // A switch of today is on the axis, which ends now.
    await eventually(async () => await markedPixels(turns) > 20);
    // The log is the whole run's: the list of many switches is folded, and has no inner text.
    expect(await turns.locator(".marks li").last().textContent()).toMatch(/ UTC$/);
    const [head, today, yesterday] = await tableOf(turns);
    expect(head).toEqual([
      ...["Time (UTC)", "Amazon Nova Lite", "Amazon Nova Pro", "Claude Sonnet 5.5"]
        .map((name) => expect.stringContaining(name)),
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
  }, readsPixels));

Deno.test("the console counts the interventions of guardrails", () =>
  asAdmin(stack, async ({ page, project }) => {
    const { ask, bedrock, sql } = project;
    await bedrock.setGuardrail("gr1", {
      words: [{ word: "overdose", on: "input", action: "block" }],
      blockedInput: "I cannot talk about that.",
    });
    await sql`update ai_assistants set guardrail_id = 'gr1', guardrail_version = '1'
      where assistant_type = 'health'`;
    for (const question of ["What is an overdose?", "What helps against a headache?"]) {
      expect((await ask("patient", question)).status).toBe(200);
    }
    await openView(page, "Usage");
    await chart(page, /^Turns per day/).waitFor();
    expect(await page.locator(".tiles").innerText()).toMatch(/Interventions\s+1\s+50 %/);
    await page.getByRole("combobox", { name: "Show" }).selectOption("interventions");
    const interventions = chart(page, /^Interventions of guardrails per day/);
    await interventions.waitFor();
    expect(await interventions.locator(".legend li").allInnerTexts())
      .toEqual([expect.stringMatching(/^Amazon Nova Lite\s*1$/)]);
  }, readsPixels));

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
    expect(head).toContainEqual(expect.stringContaining("Claude Sonnet 5.5"));
    expect(today?.slice(1).every((amount) => /^\$0\.0/.test(amount))).toBe(true);
    // One format in a column, and in the others of the same chart.
    expect(new Set(today?.slice(1).map((amount) => amount.length)).size).toBe(1);
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
    expect(tiles).toMatch(/Difference\s+\+\$0\.0\d+\s+\d+ % more/);
    await panel.getByLabel("Everything answered by").selectOption({ label: "Amazon Nova Micro" });
    const { body: cheaper } = await manage(project, {
      action: "what-if",
      model_id: "eu.amazon.nova-micro-v1:0",
      days: 1,
    });
    const share = Math.round(-100 * cheaper.difference_usd / cheaper.actual_usd);
    await panel.locator(".tiles").getByText(`${share} % saved`).waitFor();
    expect(await comparison.getByRole("row").count()).toBe(1 + whatIf.by_model.length);
  }, readsPixels));

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
    expect(head?.slice(1).map((name) => name.replace(/\W*$/, "")).toSorted())
      .toEqual(["Amazon Nova Lite", "Amazon Nova Pro"]);
    // One answer each: no p95.
    for (const time of today?.slice(1) ?? []) {
      expect(time).toMatch(/^[\d,.]+ m?s\s+only 1 answer$/);
    }
    await latency.getByText("A hollow point rests on fewer than 20 answers").waitFor();
    await page.getByRole("combobox", { name: "Show" }).selectOption("mean_ms");
    await chart(page, /^Response time, mean/).getByText("A hollow point is a single answer.")
      .waitFor();
    const models = page.getByRole("table", { name: "Response times by model" });
    expect(await models.getByRole("row").count()).toBe(3);

    const effects = page.getByRole("table", { name: "Switches and their effect" });
    await effects.waitFor();
    const cells = await effects.getByRole("row").nth(1).locator("th, td").allInnerTexts();
    expect(cells[0]).toContain("Default: Amazon Nova Pro → Amazon Nova Lite");
    expect(cells[1]).toBe("1 → 1");
    expect(cells[2]).toBe("0 % → 0 %");
    expect(cells[3]).toMatch(/only 1 answer → only 1 answer$/);
    // How long it took, and apart from it how long nobody asked.
    expect(cells[5]).toMatch(/^[\d,]+ ms\s+asked [\d,.]+ (ms|s) after it$/);
    expect(cells.at(-1)).toBe("0");
  }, readsPixels));

Deno.test("a table of the console is searched, sorted, and says how many rows are left", () =>
  asAdmin(stack, async ({ page, project }) => {
    await playTurns(project);
    await openView(page, "Usage");
    const figure = chart(page, /^Turns per day/);
    await figure.getByText("Figures as a table").click();
    const rows = figure.getByRole("table").getByRole("row");
    const days = () => rows.getByRole("rowheader").allInnerTexts();
    await rows.first().waitFor();
    expect((await days()).length).toBe(30);
    const newestFirst = await days();
    const count = figure.getByRole("status");
    expect(await count.innerText()).toContain("30 days");

    const heading = figure.getByRole("columnheader", { name: "Time (UTC)" });
    expect(await heading.getAttribute("aria-sort")).toBe("none");
    await heading.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await eventually(async () => await heading.getAttribute("aria-sort") === "ascending");
    expect(await days()).toEqual(newestFirst.toReversed());
    expect(await count.textContent()).toContain("sorted by Time (UTC), ascending");
    const lite = figure.getByRole("columnheader", { name: "Amazon Nova Lite" });
    await lite.getByRole("button").click();
    await eventually(async () => await lite.getAttribute("aria-sort") === "descending");
    await lite.getByRole("button").click();
    await eventually(async () => await lite.getAttribute("aria-sort") === "ascending");
    expect(await days()).toEqual([...newestFirst.slice(1), newestFirst[0]]);

    const search = figure.getByRole("searchbox", { name: "Search days" });
    await search.fill(newestFirst[3]!);
    await eventually(async () => (await days()).length === 1);
    expect(await count.innerText()).toContain("1 of 30 days");
    await search.fill("no such day");
    await figure.getByText("No row matches.").waitFor();
    await figure.getByRole("button", { name: "Show all days" }).click();
    await eventually(async () => (await days()).length === 30);
    // What is seen at a glance is not searched.
    await openView(page, "Performance");
    const models = page.getByRole("region", { name: "By model" });
    await models.getByRole("table").waitFor();
    expect(await models.getByRole("searchbox").count()).toBe(0);
  }));

Deno.test("the console says that nothing happened where nothing did", () =>
  asAdmin(stack, async ({ page }) => {
    for (const view of ["Usage", "Cost", "Performance"]) {
      await openView(page, view);
      await page.getByText("Nothing happened in this time.").waitFor();
      expect(await page.locator("canvas").count()).toBe(0);
    }
  }));
