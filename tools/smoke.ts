/**
 * A smoke test of a hosted project with real AWS: `deno task smoke --url <project>`.
 */
import { ClientError, UsageError } from "../local/client/client_error.ts";
import { printable } from "../local/client/describe_answer.ts";
import { askTerminal } from "./smoke/ask_terminal.ts";
import { checks } from "./smoke/checks.ts";
import { readCredentials, variables } from "./smoke/credentials.ts";
import { projectUrl, readOptions } from "./smoke/options.ts";
import { describeOutcome, describeResult, isGood, withoutSecrets } from "./smoke/report.ts";
import { runChecks } from "./smoke/run_checks.ts";

const plan = `This test

- signs in the test users, and sends requests without and with wrong credentials
- asks six short questions and probes a model (three at most), for about a cent in all
- makes another available model the default for some seconds: new conversations of all users who
  follow the default go to it until then
- makes an API key that expires within an hour, and revokes it
- brings the default back, deletes its own conversations and signs its users out, also when it fails
  or is interrupted

The ledger keeps the answers, and the audit log the two switches and the key.`;

const usage = `Usage: deno task smoke --url https://<project-ref>.supabase.co [options]

Runs against a project with the switchboard's functions and real AWS, and prints a report without
keys, addresses and words, for a bug report. Exit status: 0 if all is as it should be, else 1.

${plan}

  --url URL         the project; or SUPABASE_URL
  --chat-name NAME, --openai-name NAME
                    the function's name, where chat or openai was installed under another; it gets
                    the keys and tokens of this test, so never name a function of your own
  --yes             begin without asking

Credentials come from the environment, or are asked for in a terminal; never from arguments:

${Object.entries(variables).map(([name, { what }]) => `  ${name.padEnd(25)} ${what}`).join("\n")}

It needs three users with a confirmed address and a password, for this test alone: one without a
row in ai_user_roles, one with the role 'platform', one with 'clinical'. A project that was
installed with --data blank has no such role: leave the clinician's e-mail empty. Make the users in
the dashboard (Authentication, Add user), then, in the SQL editor:

  insert into ai_user_roles (user_id, assistant_type)
  select id, 'clinical' from auth.users where email = 'smoke-clinician@example.com';`;

export interface SmokeTerminal {
  readonly env: (name: string) => string | undefined;
  readonly print: (line: string) => void;
  /** Null without a terminal. */
  readonly ask: ((what: string, hidden: boolean) => Promise<string>) | null;
  readonly signal: AbortSignal;
}

/**
 * Runs the test. @returns whether all is as it should be
 *
 * @throws {UsageError} {ClientError} before it has begun
 */
export async function smoke(args: string[], terminal: SmokeTerminal): Promise<boolean> {
  const { env, print, ask, signal } = terminal;
  const options = readOptions(args);
  if (options.help) {
    print(usage);
    return true;
  }
  const url = projectUrl(options.url ?? env("SUPABASE_URL") ?? "");
  const credentials = await readCredentials(env, ask);
  print(`${plan}\n`);
  if (!options.yes) {
    if (ask === null) throw new ClientError("No terminal: start with --yes.");
    if (!/^y(es)?$/i.test(await ask("Go on? [y/N]", false))) {
      throw new ClientError("Nothing was done.");
    }
  }
  const report = (line: string) => print(withoutSecrets(printable(line), url, credentials));
  const kind = /\.supabase\.(co|in)$/.test(new URL(url).hostname) ? "hosted" : "not on supabase.co";
  report(`Smoke test of the Bedrock Switchboard, ${new Date().toISOString()}, project: ${kind}`);
  const outcome = await runChecks(checks, {
    place: { url, chatName: options.chatName, openaiName: options.openaiName },
    credentials,
    signal,
    onResult: (result) => report(describeResult(result)),
  });
  report(describeOutcome(outcome));
  return isGood(outcome);
}

if (import.meta.main) {
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      if (!interruption.signal.aborted) console.error("Ending after this check…");
      interruption.abort();
    });
  }
  try {
    const good = await smoke(Deno.args, {
      env: Deno.env.get,
      print: console.log,
      ask: Deno.stdin.isTerminal() ? askTerminal : null,
      signal: interruption.signal,
    });
    Deno.exit(good ? 0 : 1);
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof UsageError)) throw error;
    console.error(printable(error.message));
    if (error instanceof UsageError) console.error("deno task smoke --help shows the usage.");
    Deno.exit(1);
  }
}
