import { expect } from "@std/expect";
import { isOurs, ProcessRecord } from "../../local/processes.ts";

Deno.test("ProcessRecord ends what was recorded, and no stranger of the same id", async () => {
  const dir = await Deno.makeTempDir();
  const sleep = (mark: string) =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "setTimeout(() => {}, 60_000)", mark],
    }).spawn();
  const ours = sleep("mark-of-ours");
  const stranger = sleep("mark-of-a-stranger");
  const record = new ProcessRecord(dir);
  record.add({ pid: ours.pid, mark: "mark-of-ours" });
  record.add({ pid: stranger.pid, mark: "mark-of-one-that-ended-long-ago" });

  // As the next start finds it, after a stack that was killed.
  expect(await new ProcessRecord(dir).endLeftovers()).toBe(1);
  expect((await ours.status).signal).toBe("SIGTERM");
  expect(await isOurs({ pid: stranger.pid, mark: "mark-of-a-stranger" })).toBe(
    true,
  );
  expect(await new ProcessRecord(dir).endLeftovers()).toBe(0);

  stranger.kill();
  await stranger.status;
  await Deno.remove(dir, { recursive: true });
});
