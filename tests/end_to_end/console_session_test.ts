import { expect } from "@std/expect";
import type { Page } from "playwright-core";
import {
  asAdmin,
  eventually,
  modelRow,
  openView,
  signInAs,
  withConsole,
} from "../support/console_page.ts";
import { longestWaitMs } from "../../console/src/state/use_retry.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

Deno.test("the console shows a platform admin the models with state, price and lifecycle", () =>
  asAdmin(stack, async ({ page }) => {
    const novaPro = await modelRow(page, "Amazon Nova Pro").innerText();
    expect(novaPro).toContain("default");
    expect(novaPro).toContain("$1.05 / $4.20");
    expect(novaPro).toContain("Used by Platform assistant");
    const claude35 = await modelRow(page, "Claude 3.5 Sonnet v2").innerText();
    expect(claude35).toContain("legacy");
    expect(claude35).toContain("Successor: Claude Sonnet 5.5");
    const opus = modelRow(page, "Claude 3 Opus");
    expect(await opus.innerText()).toContain("disabled");
    expect(await opus.getByRole("button").allInnerTexts()).toEqual(["Enable", "More"]);
    // What is the default is not switched to.
    expect(await modelRow(page, "Amazon Nova Pro").getByRole("button").allInnerTexts())
      .toEqual(["More"]);
  }));

Deno.test("the console says why a sign-in was refused, and lets one try again", () =>
  withConsole(stack, async ({ page }) => {
    await signInAs(page, "admin", "wrong");
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toContain("Check the e-mail address and the password.");
    await signInAs(page, "admin");
    await page.getByRole("table", { name: "Models" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("E-mail").waitFor();
    // Signing out was asked for, so there is nothing to explain.
    expect(await page.getByRole("alert").count()).toBe(0);
  }));

for (const persona of ["patient", "clinician", "facility"] as const) {
  Deno.test(`the console tells a ${persona} that it is for platform admins, and shows nothing`, () =>
    withConsole(stack, async ({ page }) => {
      const called: string[] = [];
      page.on("request", (request) => called.push(new URL(request.url()).pathname));
      await signInAs(page, persona);
      await page.getByText("This console is for platform admins.").waitFor();
      expect(await page.getByRole("navigation").count()).toBe(0);
      expect(await page.getByRole("table").count()).toBe(0);
      expect(called.filter((path) => path.startsWith("/functions/"))).toEqual([]);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("E-mail").waitFor();
    }));
}

/** Puts a token in place of the session's that the project does not accept. */
function forgeToken(page: Page): Promise<unknown> {
  return page.evaluate(`
    for (const [key, value] of Object.entries(sessionStorage)) {
      const session = JSON.parse(value);
      const [head, payload] = session.access_token.split(".");
      sessionStorage.setItem(key, JSON.stringify({
        ...session, access_token: head + "." + payload + ".forged",
      }));
    }`);
}

Deno.test("the console goes back to signing in when the project no longer takes its token", () =>
  asAdmin(stack, async ({ page }) => {
    await forgeToken(page);
    await page.getByRole("link", { name: "Audit log" }).click();
    await page.getByText("Your session has ended: the project no longer accepts it.").waitFor();
    expect(await page.getByRole("table").count()).toBe(0);
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await signInAs(page, "admin");
    await page.getByRole("table", { name: "Audit log" }).waitFor();
  }));

Deno.test("the console goes on where one was after its session has ended: view, range and dialog", () =>
  asAdmin(stack, async ({ page }) => {
    await openView(page, "Usage");
    await page.getByLabel("7 days").check();
    await page.getByText("Nothing happened in this time.").waitFor();
    await openView(page, "Audit log");
    await page.getByRole("table", { name: "Audit log" }).waitFor();
    await page.getByRole("button", { name: /^Roll back to before/ }).first().click();
    const rollback = page.getByRole("dialog", { name: /^Roll back to before/ });
    await rollback.getByLabel("Reason").fill("Half written");
    const confirm = rollback.getByRole("button", { name: "Roll back", exact: true });
    await eventually(() => confirm.isEnabled());
    await forgeToken(page);
    await confirm.click();

    const signIn = page.getByRole("dialog", { name: "Sign in again" });
    await signIn.waitFor();
    expect(await rollback.isVisible()).toBe(false);
    expect(await page.getByLabel("E-mail").inputValue()).toBe("admin@example.com");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    // A browser closes it at the second Escape whatever the page says; it opens again.
    await signIn.waitFor();
    await signInAs(page, "admin");
    await rollback.waitFor();
    expect(await page.evaluate("document.activeElement.closest('dialog[open]') !== null"))
      .toBe(true);
    expect(await rollback.getByLabel("Reason").inputValue()).toBe("Half written");
    await rollback.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Discard it" }).click();
    await rollback.waitFor({ state: "detached" });
    await openView(page, "Usage");
    expect(await page.getByLabel("7 days").isChecked()).toBe(true);

    // Another user finds nothing of it.
    await forgeToken(page);
    await page.getByLabel("24 h").check();
    await signIn.waitFor();
    await signIn.getByRole("button", { name: "Leave the page" }).click();
    await signIn.waitFor({ state: "detached" });
    expect(await page.locator(".shell").count()).toBe(0);
  }));

Deno.test("the console's session ends with its tab, and lasts over a reload", () =>
  asAdmin(stack, async ({ page }) => {
    await page.reload();
    await page.getByRole("table", { name: "Models" }).waitFor();
    expect(JSON.stringify(await page.evaluate("({ ...localStorage })"))).not.toContain("token");
    const other = await page.context().newPage();
    await other.goto(stack.consoleUrl);
    await other.getByLabel("E-mail").waitFor();
  }));

Deno.test("the console's page connects to its own host and its project only", () =>
  withConsole(stack, async ({ page }) => {
    const connects = (url: string) =>
      page.evaluate(`fetch(${JSON.stringify(url)}).then(() => true, () => false)`);
    await page.getByLabel("E-mail").waitFor();
    const violations = page.evaluate(`new Promise((resolve) =>
      addEventListener("securitypolicyviolation", ({ blockedURI }) => resolve(blockedURI)))`);
    expect(await connects(`${stack.apiUrl}/auth/v1/health`)).toBe(true);
    expect(await connects(`${stack.bedrockUrl}/`)).toBe(false);
    expect(await violations).toContain(new URL(stack.bedrockUrl).host);
  }, { mayPrint: /content security policy/i }));

Deno.test("the console says what is wrong when the functions are away, and recovers by itself", () =>
  asAdmin(stack, async ({ page }) => {
    await page.clock.install();
    await page.route("**/functions/v1/**", (route) => route.abort());
    for (const view of ["Usage", "Cost", "Performance"]) {
      await openView(page, view);
      const alert = page.getByRole("main").getByRole("alert").first();
      await alert.waitFor();
      expect(await alert.innerText()).toContain("The project cannot be reached.");
      await alert.getByRole("button", { name: "Try again" }).click();
      await alert.waitFor();
    }
    await page.unroute("**/functions/v1/**");
    // No button is pressed; it is time that passes.
    await page.clock.fastForward(longestWaitMs);
    await page.getByText("Nothing happened in this time.").waitFor();
    await eventually(async () => await page.getByRole("main").getByRole("alert").count() === 0);
  }));

Deno.test("the console offers no other try of what was refused", () =>
  asAdmin(stack, async ({ page }) => {
    const refusal = {
      error: { code: "invalid_request", message: "It is refused.", hint: null, request_id: "r" },
    };
    await page.route(
      "**/functions/v1/**",
      (route) => route.fulfill({ status: 400, json: refusal }),
    );
    await openView(page, "Usage");
    const alert = page.getByRole("main").getByRole("alert").first();
    await alert.getByText("It is refused.").waitFor();
    expect(await alert.getByRole("button").count()).toBe(0);
  }));

Deno.test("the console says while it is not connected, keeps what it shows, and goes on by itself", () =>
  asAdmin(stack, async ({ page, project }) => {
    const connection = page.getByRole("status", { name: "Connection" });
    expect(await connection.innerText()).toBe("");
    await openView(page, "Chat");
    await page.getByLabel("Question").fill("Not sent yet");

    await page.context().setOffline(true);
    await connection.getByText("Not connected to the project; trying again.").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await page.getByLabel("Question").inputValue()).toBe("Not sent yet");
    await openView(page, "Models");
    await modelRow(page, "Amazon Nova Pro").filter({ hasText: "default" }).waitFor();

    await project.sql`
      update bedrock_models set is_default = true where model_id = 'eu.amazon.nova-lite-v1:0'`;
    await page.context().setOffline(false);
    await page.getByText("Amazon Nova Lite is now the default.").waitFor();
    await eventually(async () => await connection.innerText() === "");

    // There, but its API is not.
    await page.route("**/rest/v1/**", (route) => route.fulfill({ status: 503 }));
    await connection.getByText("Not connected").waitFor();
    await page.unroute("**/rest/v1/**");
    await eventually(async () => await connection.innerText() === "");
  }));

Deno.test("the console closes for whom it is taken away from while it is open", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project
      .sql`update ai_user_roles set assistant_type = 'health' where assistant_type = 'platform'`;
    // By its address, since a request under way may already have closed the page: then there is no
    // link.
    await page.evaluate("location.hash = '#/usage'");
    await page.getByText("This console is for platform admins.").waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
  }));
