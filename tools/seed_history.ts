/**
 * Seeds the embedded stack's database with history: `deno task seed:history`. For reports, for the console
 * and for measuring, which are nothing to look at on an empty ledger.
 */
import { ClientError, UsageError } from "../local/client/client_error.ts";
import { printable } from "../local/client/describe_answer.ts";
import { readLocalConfig } from "../local/config.ts";
import { connect } from "../local/database/connect.ts";
import { requireEmbeddedDatabase } from "./history/embedded_database.ts";
import { completePlan, type HistoryOptions, readOptions } from "./history/options.ts";
import { progressLine } from "./history/progress_line.ts";
import { removeHistory } from "./history/remove_history.ts";
import { writeHistory } from "./history/write_history.ts";

const usage = `Usage: deno task seed:history [--messages N] [--days N] [--seed N] [--until TIME]
       deno task seed:history --reset

Fills the database of the embedded stack, which must be running (deno task dev), with history: users
without passwords, their conversations with the four assistants, the ledger of their turns, and
switches in the audit log; busy days and quiet nights, a day of throttling, a price that changed.
It does not touch what others did, nor the registry, of which only the version grows.

  --messages N  questions and answers together; default 1000000
  --days N      2 to 400, the last one today; default 90
  --seed N      another history; the same seed and end give the same one; default 1
  --until TIME  its end, such as 2026-11-25T18:00:00Z; default now
  --reset       remove the generated history; its entries stay in the audit log, of which nothing
                can be taken out. To be rid of them too: deno task dev --reset

It can be stopped at any time (Ctrl-C): each day is one transaction. Started again, it goes on.

Environment:
  SWITCHBOARD_DB_PORT  where the database listens; default 54322`;

/**
 * Writes a history, or removes it.
 *
 * @param log gets a line on each day
 * @throws {ClientError} if the database is not an embedded stack's, or has a history.
 */
export async function seedHistory(
  options: HistoryOptions,
  port: number,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const connection = connect(port, "supabase_admin");
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  try {
    await requireEmbeddedDatabase(connection, port);
    if (options.reset) {
      const removed = await removeHistory(connection);
      return removed === undefined
        ? "There is no generated history."
        : `Removed ${removed} messages. Their switches stay in the audit log.`;
    }
    const plan = await writeHistory(connection, {
      plan: (unfinished) => completePlan(options, unfinished, new Date()),
      report: (progress) => log(progressLine(progress, elapsed())),
      signal,
    });
    return `${plan.messages} messages over ${plan.days} days up to ${plan.endsAt.toISOString()}, in ${
      Math.round(elapsed() / 1000)
    } s.`;
  } finally {
    await connection.end({ timeout: 1 });
  }
}

if (import.meta.main) {
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      interruption.abort(new ClientError("Stopped after the last whole day."));
    });
  }
  try {
    const options = readOptions(Deno.args);
    if (options.help) {
      console.log(usage);
      Deno.exit(0);
    }
    const { dbPort } = readLocalConfig();
    console.log(await seedHistory(options, dbPort, console.error, interruption.signal));
    Deno.exit(0);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee: deno task seed:history --help`);
      Deno.exit(2);
    }
    if (!(error instanceof ClientError || error instanceof RangeError)) throw error;
    console.error(printable(error.message));
    Deno.exit(interruption.signal.aborted ? 130 : 1);
  }
}
