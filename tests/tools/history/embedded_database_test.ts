import { expect } from "@std/expect";
import { join } from "node:path";
import type { Connection } from "../../../local/database/connect.ts";
import { requireEmbeddedDatabase } from "../../../tools/history/embedded_database.ts";

/** A server that says so much of itself. */
function server(folder: string, has_ledger = true): Connection {
  return (() => Promise.resolve([{ folder, has_ledger }])) as unknown as Connection;
}

Deno.test("requireEmbeddedDatabase() refuses any database whose data is not a stack's of this machine", async () => {
  const dir = await Deno.makeTempDir();
  const data = join(dir, "server", "data");
  await Deno.mkdir(data, { recursive: true });
  try {
    const check = (folder: string, ledger?: boolean) =>
      requireEmbeddedDatabase(server(folder, ledger), 54322);
    // As in a container of the Supabase CLI, and as a project's, seen through a tunnel.
    await expect(check("/var/lib/postgresql/data")).rejects.toThrow("not the embedded stack's");
    await expect(check(data)).rejects.toThrow("not the embedded stack's");
    await Deno.writeTextFile(join(data, "postmaster.pid"), `1\n${data}\n0\n6543\n\n127.0.0.1\n`);
    await expect(check(data)).rejects.toThrow("not the embedded stack's");
    await Deno.writeTextFile(join(data, "postmaster.pid"), `1\n${data}\n0\n54322\n\n127.0.0.1\n`);
    await check(data);
    await expect(check(data, false)).rejects.toThrow("newest migrations");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
