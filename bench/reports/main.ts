/**
 * `deno task bench:reports`: benchmarks every report on seeded history, and writes
 * bench/REPORTS.md.
 */
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot, readLocalConfig } from "../../local/config.ts";
import { requireEmbeddedDatabase } from "../../tools/history/embedded_database.ts";
import { connect } from "../../local/database/connect.ts";
import { reportCases } from "./cases.ts";
import { openMeasuring, withSession } from "./database.ts";
import { withFreshHistory } from "./fresh_history.ts";
import { faults } from "./judge.ts";
import { measure, type Measurement, type ReportCaller } from "./measure.ts";
import { renderPage } from "./page.ts";

const usage = `Usage: deno task bench:reports [--fresh] [--runs N]

Measures every view and report on the embedded stack, which must be running (deno task dev) with
seeded history (deno task seed:history), and writes bench/REPORTS.md. Exit status 1: a report is too slow,
or reads a large table from beginning to end.

  --fresh   use a stack of its own with newly seeded history of a million messages
  --runs N  runs of each after a warm-up; default 11

Environment:
  SWITCHBOARD_DB_PORT  where the database listens; default 54322`;

/** A service key, and a platform admin: one of the demo users. */
const callers: readonly ReportCaller[] = [
  { name: "service key", role: "service_role", userId: null },
  {
    name: "platform admin",
    role: "authenticated",
    userId: "00000000-0000-4000-8000-000000000004",
  },
];

async function bench(port: number, runs: number): Promise<string[]> {
  const owner = connect(port, "supabase_admin");
  await requireEmbeddedDatabase(owner, port).finally(() => owner.end({ timeout: 1 }));
  const loadBefore = loadavg()[0]!;
  return await withSession(port, async (session) => {
    const { endsAt, ...history } = await openMeasuring(session);
    const measurements: Measurement[] = [];
    for (const of of reportCases(endsAt, history.days)) {
      for (const caller of callers) {
        const measured = await measure(session, { case: of, caller, runs });
        const { median, readWhole } = measured;
        console.error(
          `${median.toFixed(0).padStart(5)} ms  ${of.name} ${
            of.days ?? ""
          } ${caller.name}  ${readWhole}`,
        );
        measurements.push(measured);
      }
    }
    await session.sql`rollback`;
    const [cpu] = cpus();
    const page = renderPage(measurements, {
      ...history,
      runs,
      loadBefore,
      loadAfter: loadavg()[0]!,
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}`,
    });
    await Deno.writeTextFile(join(projectRoot, "bench", "REPORTS.md"), page);
    return measurements.flatMap((one) =>
      faults(one, history.days).map((fault) =>
        `${one.case.name} over ${one.case.days ?? "its own"} days, ${one.caller}: ${fault}`
      )
    );
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", short: "h" },
      fresh: { type: "boolean" },
      runs: { type: "string" },
    },
  });
  if (values.help) {
    console.log(usage);
    Deno.exit(0);
  }
  const runs = Math.max(Number(values.runs ?? 11) || 11, 1);
  const found = values.fresh
    ? await withFreshHistory((port) => bench(port, runs))
    : await bench(readLocalConfig().dbPort, runs);
  for (const fault of found) console.error(fault);
  console.log(found.length === 0 ? "Every report is fast enough." : `${found.length} faults.`);
  Deno.exit(found.length === 0 ? 0 : 1);
}
