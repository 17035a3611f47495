/**
 * Plays the whole workflow against the running embedded stack: ask, switch in three ways, ask again.
 */
import postgres from "postgres";
import { ClientError, UsageError } from "./client/client_error.ts";
import { printable } from "./client/describe_answer.ts";
import { ModelManager } from "./client/manage_models.ts";
import { playDemo } from "./client/play_demo.ts";
import { signIn } from "./client/sign_in.ts";
import { runSwitchCommand } from "./client/switch_command.ts";
import { Transcript } from "./client/transcript.ts";
import { readLocalConfig } from "./config.ts";
import { databaseUrl } from "./database/connect.ts";
import { localKeys } from "./keys.ts";

const usage = `Usage: deno task demo

Plays the whole workflow against the embedded stack, which must be running (deno task dev): shows
the default and the models, asks all four assistants, switches the default from the shell, over
REST and in SQL, asks again after each switch, and shows the audit log and the receipts. It prints
the command of each step and its result, checks every result, and switches back at the end, also
after a failure or Ctrl-C. Exit status 1: something was not as it should be.

It uses the embedded stack only, whatever SUPABASE_URL says, and needs bash, curl and jq.

Environment:
  SWITCHBOARD_API_PORT, SWITCHBOARD_DB_PORT
                   where the stack listens; default 54321 and 54322`;

/**
 * Plays the demo against the stack that the environment names.
 *
 * @param signal ends it before its next step; what was switched is switched back.
 * @throws {ClientError} if the stack is not running, or something is not as it should be.
 */
export async function demo(
  env: (name: string) => string | undefined,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const config = readLocalConfig(env);
  const keys = await localKeys();
  const url = `http://127.0.0.1:${config.apiPort}`;
  const project = { url, publishableKey: keys.publishable };
  const dbUrl = databaseUrl(config.dbPort);
  const sql = postgres(dbUrl, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    const [patient, clinician, facility, admin] = await Promise.all([
      signIn(project, "patient"),
      signIn(project, "clinician"),
      signIn(project, "facility"),
      signIn(project, "admin"),
    ]);
    print(`export SUPABASE_URL=${url}\nexport SUPABASE_SERVICE_KEY=${keys.secret}`);
    await playDemo({
      users: { patient, clinician, facility, admin },
      manager: new ModelManager(url, keys.secret),
      runCommand: (args) => runSwitchCommand(args, url, keys.secret),
      sql,
      dbUrl,
      transcript: new Transcript(print),
      signal,
    });
    print("\nEverything was as it should be.");
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Aborts at the first Ctrl-C or SIGTERM; the second ends the process at once. */
function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    for (const name of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(name, stop);
    controller.abort(new ClientError("Stopped."));
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, stop);
  return controller.signal;
}

if (import.meta.main) {
  const signal = abortOnSignal();
  try {
    if (Deno.args.some((arg) => arg === "-h" || arg === "--help")) console.log(usage);
    else if (Deno.args.length > 0) throw new UsageError(`There is no option ${Deno.args[0]}.`);
    else await demo((name) => Deno.env.get(name), console.log, signal);
    Deno.exit(0);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee: deno task demo --help`);
      Deno.exit(2);
    }
    const shown = signal.aborted ? signal.reason : error;
    if (!(shown instanceof ClientError || shown instanceof RangeError)) throw shown;
    console.error(printable(shown.message));
    Deno.exit(signal.aborted ? 130 : 1);
  }
}
