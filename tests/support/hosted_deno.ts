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
export function hostedDenoPackage(build: { os: string; arch: string }): string | undefined {
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
    throw new Error(`There is no Deno ${hostedDenoVersion} for ${os} on ${arch}.`);
  }
  const manifest = `npm:${name}/package.json`;
  try {
    // The import makes Deno download the package; the specifier alone would not.
    await import(manifest, { with: { type: "json" } });
  } catch (cause) {
    throw new Error(`Deno ${hostedDenoVersion} (npm:${name}) could not be downloaded.`, { cause });
  }
  const binary = join(
    dirname(fileURLToPath(import.meta.resolve(manifest))),
    os === "windows" ? "deno.exe" : "deno",
  );
  // Packages are unpacked without their executable bits.
  if (os !== "windows") await Deno.chmod(binary, 0o755);
  await expectVersion(binary);
  return binary;
}

async function expectVersion(binary: string): Promise<void> {
  const output = await new Deno.Command(binary, { args: ["--version"] }).output().catch((cause) => {
    throw new Error(`${binary} does not run on this machine.`, { cause });
  });
  const version = new TextDecoder().decode(output.stdout);
  if (!version.startsWith(`deno ${hostedDenoVersion} `)) {
    throw new Error(`${binary} is not Deno ${hostedDenoVersion}; it says: ${version}`);
  }
}
