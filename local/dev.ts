/** `deno task dev`: starts the embedded stack and runs it until Ctrl-C. */
import { join } from "node:path";
import { banner } from "./banner.ts";
import { projectRoot, readLocalConfig } from "./config.ts";
import { describeError } from "./describe_error.ts";
import { noProxy } from "./functions/environment.ts";
import { readSecrets } from "./functions/secrets.ts";
import { type Stack, startStack } from "./stack.ts";
import { StackError } from "./stack_error.ts";

const usage =
  `Runs Postgres, the Supabase API, the functions, the Bedrock stand-in and the operators' console.

  deno task dev            start; the data of the last time is still there
  deno task dev --reset    start with an empty database

Set SWITCHBOARD_API_PORT (54321), SWITCHBOARD_DB_PORT (54322), SWITCHBOARD_CONSOLE_PORT (54323),
SWITCHBOARD_BEDROCK_PORT (54330) or SWITCHBOARD_STATE_DIR (local/.state) to run it elsewhere. Pages
of other hosts than this machine are refused, unless SWITCHBOARD_ALLOWED_HOSTS names them. With
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK, it calls Amazon Bedrock,
which costs money.
`;

/** How soon another signal may follow and still be the same Ctrl-C, in milliseconds. */
const sameInterruptMs = 700;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    print(usage);
    return 0;
  }
  const unknown = args.find((arg) => arg !== "--reset");
  if (unknown !== undefined) {
    print(`There is no option ${unknown}.\n\n${usage}`, console.error);
    return 2;
  }
  // Read with the first request: the gateway's own go to the functions, never to a proxy.
  Deno.env.set("NO_PROXY", noProxy());
  const interrupt = interruption();
  try {
    const config = readLocalConfig();
    const stack = await startStack({
      ...config,
      env: readSecrets(join(projectRoot, "supabase", "functions", ".env")),
      reset: args.includes("--reset"),
      watch: true,
      tickEveryMs: 60_000,
      log: print,
      signal: interrupt.signal,
    });
    print(banner(stack));
    await untilInterrupted(interrupt.signal, stack);
    return 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 0;
    const expected = error instanceof StackError || error instanceof RangeError;
    print(`${expected ? "" : "The stack did not start: "}${describeError(error)}`, console.error);
    return 1;
  }
}

/** Aborts at the first Ctrl-C or request to end; the second one ends the process at once. */
function interruption(): AbortController {
  const interrupt = new AbortController();
  let firstAt = 0;
  const onSignal = () => {
    // One Ctrl-C arrives twice: from the terminal, and passed on by `deno task`.
    if (interrupt.signal.aborted && Date.now() - firstAt < sameInterruptMs) return;
    firstAt = Date.now();
    if (interrupt.signal.aborted) {
      print("Stopped at once. What still runs is ended by the next start.");
      Deno.exit(130);
    }
    print("\nStopping. Once more to stop at once.");
    interrupt.abort();
  };
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", onSignal);
    Deno.addSignalListener("SIGHUP", onSignal);
  }
  return interrupt;
}

async function untilInterrupted(signal: AbortSignal, stack: Stack): Promise<void> {
  await new Promise((resolve) =>
    signal.aborted ? resolve(undefined) : signal.addEventListener("abort", resolve)
  );
  await stack.stop();
}

/** Prints a line, unless the terminal is gone: stopping in good order matters more. */
function print(line: string, write: (line: string) => void = console.log): void {
  try {
    write(line);
  } catch {
    // Its reader is gone.
  }
}
