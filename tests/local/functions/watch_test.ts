import { watchFolder } from "../../../local/functions/watch.ts";

Deno.test("watchFolder() takes up no change that is on its way when it ends", async () => {
  const { watchFs } = Deno;
  const closed = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  async function* events(): AsyncGenerator<Deno.FsEvent> {
    try {
      await closed.promise;
      yield { kind: "modify", paths: ["/functions/a.ts"] };
    } finally {
      taken.resolve();
    }
  }
  Deno.watchFs = () =>
    Object.assign(events(), { close: closed.resolve }) as unknown as Deno.FsWatcher;
  try {
    const end = watchFolder("/functions", () => {});
    end();
    // The sanitizers fail the test if the change has started a timer.
    await taken.promise;
  } finally {
    Deno.watchFs = watchFs;
  }
});
