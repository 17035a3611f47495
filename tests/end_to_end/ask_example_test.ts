/** The helper of examples/ask.ts asks the embedded stack from Deno, from Node and from a browser. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "@std/expect";
import * as esbuild from "esbuild";
import { configName } from "../../console/bundle/console_config.ts";
import { resolvePackages } from "../../console/bundle/resolve_packages.ts";
import { runAskingApp, type Seen } from "../support/asking_app.ts";
import { launchBrowser } from "../support/browser.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { findProgram, runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();
const breaking = "eu.amazon.nova-micro-v1:0";
const slow = "eu.amazon.nova-pro-v1:0";
const args = [stack.apiUrl, stack.keys.publishable, breaking, slow] as const;

/** Asks in a runtime, on models of which one breaks off and one is slow. */
async function expectAnswers(
  { bedrock, sql }: FreshProject,
  run: () => Promise<Seen>,
): Promise<void> {
  const exception = "InternalServerException";
  await bedrock.addFaultRule({ kind: "exception-frame", exception, atFrame: 6 }, {
    model: breaking,
  });
  await bedrock.addFaultRule({ kind: "frame-latency", ms: 200 }, { model: slow });
  expect(await run()).toEqual({
    answered: { events: ["turn-start", "text-delta", "usage", "done"], whole: true },
    refused: "invalid_request",
    broken: { code: "bedrock_unavailable", begun: true },
    aborted: "AbortError",
  });
  const stopped = () =>
    sql`select from ai_messages where status = 'partial' and error_code = 'client_disconnected'`;
  await until(async () => (await stopped()).length === 1, "the aborted answer to be stored");
}

/** The app as one script that leaves `app.runAskingApp` behind. */
async function bundleApp(): Promise<string> {
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [fileURLToPath(new URL("../support/asking_app.ts", import.meta.url))],
      bundle: true,
      write: false,
      format: "iife",
      globalName: "app",
      platform: "browser",
      logLevel: "silent",
      tsconfigRaw: {},
      plugins: [resolvePackages],
    });
    return outputFiles[0]!.text;
  } finally {
    await esbuild.stop();
  }
}

/** The app's answer in a runtime that has its script. */
const call = `app.runAskingApp(...${JSON.stringify(args)})`;

let browser: ReturnType<typeof launchBrowser>;
Deno.test.beforeAll(async () => {
  browser = launchBrowser();
  await browser;
});
Deno.test.afterAll(async () => await (await browser).close());

Deno.test("ask() reads answers, errors and aborts in Deno", () =>
  withFreshProject(stack, (project) => expectAnswers(project, () => runAskingApp(...args))));

Deno.test("ask() reads answers, errors and aborts in Node", () =>
  withFreshProject(stack, (project) =>
    expectAnswers(project, async () => {
      const dir = await Deno.makeTempDir();
      try {
        const script = join(dir, "app.js");
        const print = `${call}.then((seen) => console.log(JSON.stringify(seen)))`;
        await Deno.writeTextFile(script, `${await bundleApp()}\n${print};\n`);
        const { code, stdout, stderr } = await runCommand(findProgram("node"), [script]);
        // supabase-js warns of Node 20.
        expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
        return JSON.parse(stdout);
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    })));

Deno.test("ask() reads answers, errors and aborts in a browser", () =>
  withFreshProject(stack, (project) =>
    expectAnswers(project, async () => {
      const context = await (await browser).newContext();
      try {
        const page = await context.newPage();
        // Of an origin that the API answers, and nothing that runs.
        await page.goto(new URL(configName, stack.consoleUrl).href);
        return await page.evaluate<Seen>(`(() => { ${await bundleApp()}; return ${call}; })()`);
      } finally {
        await context.close();
      }
    })));
