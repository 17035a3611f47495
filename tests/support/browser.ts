/** A real browser, for tests of the console. */
import { type Browser, chromium } from "playwright-core";
import { type Chromium, explainMissing, findChromium } from "./chromium.ts";

/** Settings that keep the browser to the tests: nothing is looked up or downloaded. */
const settings = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Looked for once: unpacking one takes seconds. */
let found: Promise<Chromium> | undefined;

/** @throws {Error} saying what to install, if there is no browser */
export async function launchBrowser(): Promise<Browser> {
  found ??= findChromium();
  return await launch(await found);
}

/** @throws {Error} saying what to install, if it does not start */
export async function launch({ executablePath, env }: Chromium): Promise<Browser> {
  try {
    return await chromium.launch({
      executablePath,
      args: settings,
      env: { ...Deno.env.toObject(), ...env },
    });
  } catch (error) {
    throw explainMissing(error);
  }
}
