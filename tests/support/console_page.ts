/** The operators' console in a real browser, on a project in its first state. */
import { expect } from "@std/expect";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { configName } from "../../console/bundle/console_config.ts";
import { launchBrowser } from "./browser.ts";
import { type FreshProject, withFreshProject } from "./fresh_project.ts";
import { type Persona, personas, signIn } from "./project_client.ts";
import type { TestStack } from "./test_stack.ts";

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 360, height: 740 };

/** Whom a test meets. */
export interface ConsoleTest {
  readonly page: Page;
  readonly project: FreshProject;
}

export interface ConsoleTestOptions extends BrowserContextOptions {
  /** Lines that the browser prints because of what the test does. Default: none. */
  readonly mayPrint?: RegExp;
}

/**
 * The browser of a file's tests, each of which has a context of its own in it: nothing is shared,
 * and a start takes longer than many a test. Started before the first test, so that the sanitizers
 * see what a test leaves behind, and no more.
 */
let browser: Promise<Browser>;
Deno.test.beforeAll(async () => {
  browser = launchBrowser();
  await browser;
});
Deno.test.afterAll(async () => await (await browser).close());

/**
 * Runs a test on the console's first page, before anybody signs in. Afterwards the page must have
 * thrown no error and printed nothing but the statuses that the browser itself prints.
 */
export function withConsole(
  stack: TestStack,
  test: (test: ConsoleTest) => Promise<void>,
  options: ConsoleTestOptions = {},
): Promise<void> {
  return withPage(stack, async (run) => {
    await run.page.goto(stack.consoleUrl);
    await test(run);
  }, options);
}

async function withPage(
  stack: TestStack,
  test: (test: ConsoleTest) => Promise<void>,
  { mayPrint, ...options }: ConsoleTestOptions,
): Promise<void> {
  await withFreshProject(stack, async (project) => {
    const printed: string[] = [];
    const context = await (await browser).newContext({
      viewport: desktop,
      locale: "en-GB",
      reducedMotion: "reduce",
      ...options,
    });
    try {
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      page.on("pageerror", (error) => printed.push(`thrown: ${error.message}`));
      page.on("console", (message) => printed.push(message.text()));
      await test({ page, project });
    } finally {
      await context.close();
    }
    const expected = (line: string) =>
      line.startsWith("Failed to load resource") || mayPrint?.test(line) === true;
    expect(printed.filter((line) => !expected(line))).toEqual([]);
  });
}

/** As `withConsole()`, with the platform admin's session and the models loaded. */
export function asAdmin(
  stack: TestStack,
  test: (test: ConsoleTest) => Promise<void>,
  options: ConsoleTestOptions = {},
): Promise<void> {
  return withPage(stack, async (run) => {
    await giveSession(stack, run.page);
    await run.page.goto(stack.consoleUrl);
    await run.page.getByRole("table", { name: "Models" }).waitFor();
    // In its first state no project has ticked. The notice moves what stands below it, and a button
    // that moves between press and release is not clicked.
    await run.page.getByText("The tick is late").waitFor();
    await test(run);
  }, options);
}

/**
 * Puts a session of the admin's own where the console keeps one, without the form: the tests of
 * signing in fill it in.
 */
async function giveSession(stack: TestStack, page: Page): Promise<void> {
  const kept = new Map<string, string>();
  await signIn(stack, "admin", {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  });
  // Of the same origin, and nothing that runs.
  await page.goto(new URL(configName, stack.consoleUrl).href);
  await page.evaluate(
    `for (const [key, value] of ${JSON.stringify([...kept])}) sessionStorage.setItem(key, value)`,
  );
}

/** Fills in the form and sends it. */
export async function signInAs(
  page: Page,
  persona: Persona,
  password = "switchboard",
): Promise<void> {
  await page.getByLabel("E-mail").fill(personas[persona]);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Goes to a view by its link. */
export async function openView(page: Page, title: string): Promise<void> {
  const link = page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: title });
  // On a phone the views are in a menu.
  if (!await link.isVisible()) await page.getByRole("button", { name: "Menu" }).click();
  await link.click();
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

/** Waits until something is true that no element of the page tells. */
export async function eventually(check: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!await check()) {
    if (Date.now() > end) throw new Error("It did not come true within 30 s.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The row of a model on the view of models. */
export function modelRow(page: Page, name: string) {
  return page.getByRole("table", { name: "Models" }).getByRole("row").filter({
    has: page.getByText(name, { exact: true }),
  });
}

/** Opens the menu of a row, and chooses an action from it, by its whole name. */
export async function chooseAction(page: Page, subject: string, name: string): Promise<void> {
  const action = page.locator(".menu:popover-open").getByLabel(name, { exact: true });
  // News may move the button between press and release; then the menu stays closed.
  await eventually(async () => {
    await page.getByRole("button", { name: `More actions for ${subject}`, exact: true }).click();
    return await action.waitFor({ timeout: 2_000 }).then(() => true, () => false);
  });
  await action.click();
}

export function dialogOf(page: Page): Locator {
  return page.getByRole("dialog");
}

/** Presses a button of the open dialog. */
export async function press(page: Page, name: string): Promise<void> {
  await dialogOf(page).getByRole("button", { name, exact: true }).click();
}

/**
 * Presses a button of the open dialog until what it leads to is there: a change that the page notices
 * meanwhile, the test's own of before too, asks for another confirmation.
 */
export async function pressUntil(page: Page, name: string, done: Locator): Promise<void> {
  const button = dialogOf(page).getByRole("button", { name, exact: true, disabled: false });
  await eventually(async () => {
    if (await button.isVisible()) await button.click({ timeout: 2_000 }).catch(() => {});
    return await done.isVisible();
  });
}

/** What the file holds that a button gives. */
export async function download(page: Page, button: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return await Deno.readTextFile(await file.path());
}

/** The model that is the default in the database. */
export async function defaultModel({ sql }: FreshProject): Promise<string | undefined> {
  const [row] = await sql`select model_id from bedrock_models where is_default`;
  return row?.model_id;
}
