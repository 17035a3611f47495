/** Which Chromium the browser tests drive, and how it is started. */
import { delimiter, join } from "node:path";

/** A browser that can be started. */
export interface Chromium {
  readonly executablePath: string;
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** An npm package that carries a Chromium for Linux on x86-64, with the libraries that it needs. */
const packaged = "npm:@sparticuz/chromium@153.0.0";

/** The first is the same browser without windows, which take more work than the pages in them. */
const names = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];

/**
 * The browser that `CHROMIUM_PATH` names, one that is installed, or else the one from npm, which
 * is downloaded once into Deno's cache and unpacked into the temporary folder.
 *
 * @throws {Error} saying what to install, if none of them can be had
 */
export async function findChromium(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Promise<Chromium> {
  const named = env("CHROMIUM_PATH");
  if (named) return { executablePath: named, env: {} };
  const installed = await installedChromium(env("PATH") ?? "");
  return installed === undefined
    ? await packagedChromium()
    : { executablePath: installed, env: {} };
}

/** What is wrong if a browser does not start. */
export function explainMissing(reason: unknown): Error {
  const why = reason instanceof Error ? reason.message : String(reason);
  return new Error(
    "The browser tests need Chromium, and none runs here. Install it (on Debian: apt-get install " +
      `chromium-headless-shell), or set CHROMIUM_PATH to one.\n${why}`,
    { cause: reason },
  );
}

async function installedChromium(path: string): Promise<string | undefined> {
  for (const name of names) {
    for (const dir of path.split(delimiter).filter((dir) => dir !== "")) {
      const file = join(dir, name);
      if (await isFile(file)) return file;
    }
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** In a process of its own, so that the package enters neither the lock file nor other runs. */
async function packagedChromium(): Promise<Chromium> {
  const { os, arch } = Deno.build;
  if (os !== "linux" || arch !== "x86_64") {
    throw explainMissing(`The package has no Chromium for ${os} on ${arch}.`);
  }
  const script = `
    import { tmpdir } from "node:os";
    import { fileURLToPath } from "node:url";
    import chromium, { inflate } from "${packaged}";
    const archive = new URL("../bin/al2023.tar.br", import.meta.resolve("${packaged}"));
    const libraries = await inflate(fileURLToPath(archive));
    const executablePath = await chromium.executablePath();
    console.log(JSON.stringify({ executablePath, libraries, temporary: tmpdir() }));`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", script],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) throw explainMissing(text.decode(stderr));
  const { executablePath, libraries, temporary } = JSON.parse(
    text.decode(stdout),
  );
  return {
    executablePath,
    env: {
      LD_LIBRARY_PATH: join(libraries, "lib"),
      FONTCONFIG_FILE: await configureFonts(temporary),
    },
  };
}

/**
 * The package's own configuration looks for its fonts in `/tmp` only. Without a font no text has a
 * height, and what has none counts as hidden.
 */
async function configureFonts(temporary: string): Promise<string> {
  const file = join(temporary, "fonts.conf");
  await Deno.writeTextFile(
    file,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(temporary, "fonts")}</dir>
  <cachedir>${join(temporary, "fonts-cache")}</cachedir>
</fontconfig>
`,
  );
  return file;
}
