import { readOptions } from "../../tools/history/options.ts";
import { seedHistory } from "../../tools/seed_history.ts";
import { startStack } from "../../local/stack.ts";
import { deleteState } from "../../local/state.ts";

/** Runs the work on a stack of its own with the default history; nothing of it stays. */
export async function withFreshHistory<T>(work: (dbPort: number) => Promise<T>): Promise<T> {
  const stateDir = await Deno.makeTempDir({ prefix: "switchboard-bench-" });
  // Root runs PostgreSQL as another user, who has to get in.
  await Deno.chmod(stateDir, 0o755);
  try {
    const stack = await startStack({ stateDir });
    try {
      const port = Number(new URL(stack.dbUrl).port);
      const { signal } = new AbortController();
      console.error(await seedHistory(readOptions([]), port, console.error, signal));
      return await work(port);
    } finally {
      await stack.stop();
    }
  } finally {
    await deleteState(stateDir);
  }
}
