/** `deno task console:screenshots`: takes pictures of the running stack's console. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { projectRoot, readLocalConfig } from "../../local/config.ts";
import { launchBrowser } from "../support/browser.ts";
import { openView, signInAs } from "../support/console_page.ts";
import { takePictures } from "./take_pictures.ts";

const usage = `Takes pictures of the console of the stack that runs, for the documentation.

  deno task console:screenshots [--out <folder>]

  --out <folder>  where the pictures go; docs/images

The stack should have a history to show, a rollout and a proposal, and be one whose conversations do
not matter: a question is asked. The ports are those of deno task dev.`;

/** What is further down looks like what is above, in pixels. */
const mostHeight = 1500;

const { values } = parseArgs({
  args: Deno.args,
  options: { out: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(usage);
  Deno.exit(0);
}
const out = resolve(values.out ?? join(projectRoot, "docs", "images"));
await Deno.mkdir(out, { recursive: true });
const url = `http://127.0.0.1:${readLocalConfig().consolePort}`;

const browser = await launchBrowser();
try {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [device, width] of [["", 1280], ["phone-", 360]] as const) {
      const context = await browser.newContext({
        viewport: { width, height: 800 },
        colorScheme,
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      await page.goto(url);
      await signInAs(page, "admin");
      await page.getByRole("table", { name: "Models" }).waitFor();
      await takePictures(page, {
        phone: device !== "",
        open: (view) => openView(page, view),
        save: async (name, how) => {
          const path = join(out, `console-${name}-${device}${colorScheme}.png`);
          const height = how === "seen" ? 800 : Math.min(await pageHeight(page), mostHeight);
          await page.setViewportSize({ width, height });
          await page.screenshot({ path });
          await page.setViewportSize({ width, height: 800 });
          console.log(path);
        },
      });
      await context.close();
    }
  }
} finally {
  await browser.close();
}

async function pageHeight(page: Page): Promise<number> {
  return Number(await page.evaluate("document.documentElement.scrollHeight"));
}
