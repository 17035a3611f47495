/** A real browser, for tests of the console. */
import { type Browser, chromium } from "playwright-core";
import { explainMissing, findChromium } from "./chromium.ts";

/** Settings that keep the browser to the tests: nothing is looked up or downloaded. */
const settings = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @throws {Error} saying what to install, if there is no browser */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  const root = Deno.build.os === "linux" && Deno.uid() === 0;
  try {
    return await chromium.launch({
      executablePath,
      // Root has no sandbox to go into.
      args: root ? ["--no-sandbox", ...settings] : settings,
      env: { ...Deno.env.toObject(), ...env },
    });
  } catch (error) {
    throw explainMissing(error);
  }
}
