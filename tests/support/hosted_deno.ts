/**
 * The Deno of Supabase's hosted edge runtime, which is older than the one that runs the tests.
 * @see https://github.com/supabase/edge-runtime (`DENO_VERSION` in its Dockerfile)
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The version that the hosted runtime is built on. */
export const hostedDenoVersion = "2.1.4";

/**
 * The npm packages that carry a platform's binary, by `<os>-<arch>` of Deno.build; the same that
 * the `deno` package depends on.
 */
const packages: Readonly<Record<string, string>> = {
  "linux-x86_64": "linux-x64-glibc",
  "linux-aarch64": "linux-arm64-glibc",
  "darwin-x86_64": "darwin-x64",
  "darwin-aarch64": "darwin-arm64",
  "windows-x86_64": "win32-x64",
  "windows-aarch64": "win32-arm64",
};

/** The package that carries the binary of a platform, or undefined if there is none. */
export function hostedDenoPackage(
  build: { os: string; arch: string },
): string | undefined {
  const platform = packages[`${build.os}-${build.arch}`];
  return platform && `@deno/${platform}@${hostedDenoVersion}`;
}

/**
 * Path of the binary, downloaded into Deno's cache by the first call.
 *
 * @throws {Error} if the platform has none, it cannot be downloaded, or it does not run here.
 */
export async function hostedDeno(): Promise<string> {
  const { os, arch } = Deno.build;
  const name = hostedDenoPackage({ os, arch });
  if (name === undefined) {
    throw new Error(
      `There is no Deno ${hostedDenoVersion} for ${os} on ${arch}.`,
    );
  }
  const manifest = await download(`npm:${name}/package.json`);
  const binary = join(
    dirname(manifest),
    os === "windows" ? "deno.exe" : "deno",
  );
  // Packages are unpacked without their executable bits.
  if (os !== "windows") await Deno.chmod(binary, 0o755);
  await expectVersion(binary);
  return binary;
}

/**
 * Downloads a package that only one platform has, and returns the path of one of its files. In a
 * process of its own, so that this platform's package does not enter the project's lock file.
 */
async function download(specifier: string): Promise<string> {
  const script = `
    await import("${specifier}", { with: { type: "json" } });
    console.log(import.meta.resolve("${specifier}"));`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", script],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) {
    throw new Error(
      `${specifier} could not be downloaded: ${text.decode(stderr)}`,
    );
  }
  return fileURLToPath(text.decode(stdout).trim());
}

async function expectVersion(binary: string): Promise<void> {
  const output = await new Deno.Command(binary, { args: ["--version"] })
    .output().catch((cause) => {
      throw new Error(`${binary} does not run on this machine.`, { cause });
    });
  const version = new TextDecoder().decode(output.stdout);
  if (!version.startsWith(`deno ${hostedDenoVersion} `)) {
    throw new Error(
      `${binary} is not Deno ${hostedDenoVersion}; it says: ${version}`,
    );
  }
}
