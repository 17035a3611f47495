import { expect } from "@std/expect";
import { join } from "node:path";
import { FunctionHost } from "../../../local/functions/function_host.ts";
import { watchFolder } from "../../../local/functions/watch.ts";
import { ProcessRecord } from "../../../local/processes.ts";
import { temporaryCopy } from "../temporary_stack.ts";

Deno.test("FunctionHost restarts functions when their files change", async (test) => {
  using project = temporaryFunctions(await temporaryCopy("functions"));
  // Outside of the watched folder, where each write of the record would be a change.
  const stateDir = await Deno.makeTempDir();
  const lines: string[] = [];
  const functions = new FunctionHost({
    functionsDir: project.dir,
    env: {},
    deno: undefined,
    processes: new ProcessRecord(stateDir),
    log: (line) => lines.push(line),
  });
  await functions.start();
  const endWatch = watchFolder(project.dir, () => functions.reload());
  const hello = async () =>
    (await (await fetch(`${functions.originOf("hello")}/hello`)).json()).text;
  const save = (source: string) =>
    Deno.writeTextFileSync(join(project.dir, "_shared", "text.ts"), source);
  try {
    await test.step("a change of a shared module is seen", async () => {
      save('export const text = "two";');
      await until(async () => await hello() === "two");
    });
    await test.step("a mistake is told of, and the version before it goes on", async () => {
      save("export const text = ;");
      // A file that is seen while it is being written may be told of in other words before.
      await until(() => lines.some((line) => line.includes("text.ts:1:21")));
      await until(() => lines.some((line) => line.includes("goes on answering")));
      expect(await hello()).toBe("two");
    });
    await test.step("the next save that is right is taken up", async () => {
      save('export const text = "three";');
      await until(async () => await hello() === "three");
    });
    await test.step("a request in progress is finished by the version that began it", async () => {
      const response = await fetch(`${functions.originOf("hello")}/hello/ticks`);
      const reader = response.body!.getReader();
      save('export const text = "four";');
      await until(async () => await hello() === "four");
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await reader.read()).done).toBe(false);
      await reader.cancel();
    });
  } finally {
    endWatch();
    await functions.stop();
    await Deno.remove(stateDir, { recursive: true });
  }
});

/** Without the function that never starts: it would be tried at each change. */
function temporaryFunctions<T extends { dir: string } & Disposable>(copy: T): T {
  Deno.removeSync(join(copy.dir, "broken"), { recursive: true });
  return copy;
}

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not happen within 10 s.");
}
