import { fileURLToPath } from "node:url";
import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";
import { deleteState } from "../../local/state.ts";

/** Path of something in the fixtures folder. */
export function fixture(path: string): string {
  return fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));
}

/** A state folder that goes away with everything in it. Whatever runs on it must be stopped. */
export async function temporaryState(): Promise<{ dir: string } & AsyncDisposable> {
  const dir = await Deno.makeTempDir({ prefix: "switchboard-test-" });
  // Root runs PostgreSQL as another user, who has to get in.
  await Deno.chmod(dir, 0o755);
  return { dir, [Symbol.asyncDispose]: () => deleteState(dir) };
}

/** A copy of a fixture folder, to be changed. */
export async function temporaryCopy(path: string): Promise<{ dir: string } & Disposable> {
  const dir = await Deno.makeTempDir({ prefix: "switchboard-test-" });
  copyFolder(fixture(path), dir);
  return { dir, [Symbol.dispose]: () => Deno.removeSync(dir, { recursive: true }) };
}

/** A stack of the fixture project, on free ports. */
export function startFixtureStack(
  options: Partial<StackOptions> & { stateDir: string },
): Promise<Stack> {
  return startStack({
    migrationsDir: fixture("migrations"),
    seedPath: fixture("seed.sql"),
    functionsDir: fixture("functions"),
    durable: false,
    ...options,
  });
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}
