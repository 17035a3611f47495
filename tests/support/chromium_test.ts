import { expect } from "@std/expect";
import { delimiter, join } from "node:path";
import { launch } from "./browser.ts";
import { explainMissing, findChromium } from "./chromium.ts";

Deno.test("findChromium() takes the browser that is named before one that is installed", async () => {
  const dir = await Deno.makeTempDir();
  const shell = join(dir, "late", "chromium-headless-shell");
  const installed = join(dir, "bin", "chromium");
  await Deno.mkdir(join(dir, "bin"));
  await Deno.mkdir(join(dir, "empty"));
  await Deno.writeTextFile(installed, "");
  const PATH = ["", join(dir, "empty"), join(dir, "bin")].join(delimiter);
  const find = (env: Record<string, string>) => findChromium((name) => env[name]);
  expect(await find({ PATH })).toEqual({ executablePath: installed, env: {} });
  expect(await find({ PATH, CHROMIUM_PATH: "/opt/browser" }))
    .toEqual({ executablePath: "/opt/browser", env: {} });
  // Without windows rather than with them, wherever it stands in the path.
  await Deno.mkdir(join(dir, "late"));
  await Deno.writeTextFile(shell, "");
  expect(await find({ PATH: [PATH, join(dir, "late")].join(delimiter) }))
    .toEqual({ executablePath: shell, env: {} });
  await Deno.remove(dir, { recursive: true });
});

Deno.test("findChromium() takes the one from npm where none is installed, and it shows text", async () => {
  const found = findChromium(() => undefined);
  const { os, arch } = Deno.build;
  if (os !== "linux" || arch !== "x86_64") {
    await expect(found).rejects.toThrow(os);
    return;
  }
  const browser = await launch(await found);
  try {
    const page = await browser.newPage();
    await page.setContent("<p>A word</p>");
    // Without a font it has no height.
    expect((await page.locator("p").boundingBox())?.height).toBeGreaterThan(0);
  } finally {
    await browser.close();
  }
});

Deno.test("explainMissing() says what to install, and what went wrong", () => {
  const { message } = explainMissing(new Error("libnss3.so: cannot open"));
  expect(message).toContain("apt-get install chromium-headless-shell");
  expect(message).toContain("CHROMIUM_PATH");
  expect(message).toContain("libnss3.so: cannot open");
});
