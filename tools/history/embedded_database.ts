import { join } from "node:path";
import { ClientError } from "../../local/client/client_error.ts";
import type { Connection } from "../../local/database/connect.ts";

/**
 * Makes sure that a database is an embedded stack's, and not a project's: a server on this
 * machine, whose data folder is one that `deno task dev` makes. The local stack of the Supabase
 * CLI has the same port and the same passwords, but keeps its data in a container.
 *
 * @throws {ClientError} if it is not, or is not there.
 */
export async function requireEmbeddedDatabase(sql: Connection, port: number): Promise<void> {
  const [row] = await sql`
    select
      current_setting('data_directory') as folder,
      to_regclass('public.ai_usage') is not null as has_ledger
  `.catch((error) => {
    if (["ECONNREFUSED", "CONNECT_TIMEOUT"].includes(error?.code)) {
      throw new ClientError(
        `The database is not answering at 127.0.0.1:${port}; start the stack with: deno task dev`,
      );
    }
    throw error;
  });
  const folder = String(row?.folder);
  if (!folder.endsWith(join("/server", "data")) || await portOfServerOn(folder) !== port) {
    throw new ClientError(
      `The database at 127.0.0.1:${port} is not the embedded stack's: a history is written there only.`,
    );
  }
  if (!row?.has_ledger) {
    throw new ClientError("The database lacks the newest migrations; restart the stack.");
  }
}

/** The fourth line of the file that a running server keeps in its data folder. */
async function portOfServerOn(folder: string): Promise<number | undefined> {
  try {
    return Number((await Deno.readTextFile(join(folder, "postmaster.pid"))).split("\n")[3]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return undefined;
    }
    throw error;
  }
}
