import { readFile } from "node:fs/promises";
import { ClientError } from "../../local/client/client_error.ts";

/** From npm, and in no lock file of the project: it is run, not imported. */
export const promptfooVersion = "0.123.1";

/** promptfoo's exit status when cases failed, and it wrote its result all the same. */
const casesFailed = 100;

/** One run of promptfoo. */
export interface PromptfooRun {
  /** The set of cases. */
  readonly file: string;
  readonly resultFile: string;
  /** Where promptfoo keeps what it keeps. */
  readonly stateFolder: string;
  /** The endpoint of Chat Completions, up to `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** What `{{env.CANDIDATE}}` of the set is. */
  readonly candidate: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Runs promptfoo, which shows its progress, and reads its result.
 *
 * @throws {ClientError} where it wrote none
 */
export async function runPromptfoo(run: PromptfooRun): Promise<Record<string, unknown>> {
  const status = await new Deno.Command("npx", {
    args: [
      ...["--yes", "--loglevel=error", "-p", "node@22", "-p", `promptfoo@${promptfooVersion}`],
      ...["promptfoo", "eval", "--config", run.file, "--output", run.resultFile],
      // A cached answer proves nothing, and words stay on this machine.
      ...["--no-cache", "--no-share", "--no-write"],
    ],
    env: environmentOf(run),
    clearEnv: true,
    // Not in the checkout, whose .env it would read.
    cwd: run.stateFolder,
    signal: run.signal,
    stdin: "null",
  }).spawn().status.catch((error) => {
    throw new ClientError(`npx cannot be started, which comes with Node.js: ${error.message}`);
  });
  if (!status.success && status.code !== casesFailed) {
    throw new ClientError(`promptfoo ended with exit status ${status.code}; nothing is attached.`);
  }
  try {
    return JSON.parse(await readFile(run.resultFile, "utf8"));
  } catch (error) {
    throw new ClientError("promptfoo wrote no result that can be read; nothing is attached.", {
      cause: error,
    });
  }
}

/** Credentials of the project, of its database and of AWS. promptfoo gets a key for the one model. */
const credentials = /^(SUPABASE|SWITCHBOARD|AWS|PG)/;

function environmentOf(
  { env, baseUrl, apiKey, candidate, stateFolder }: PromptfooRun,
): Record<string, string> {
  const inherited = Object.entries(env).filter(([name]) =>
    // A task that may run one program may not hand it another's libraries.
    !credentials.test(name) && !/^(LD|DYLD)_/.test(name)
  );
  return {
    ...Object.fromEntries(inherited),
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: apiKey,
    CANDIDATE: candidate,
    PROMPTFOO_CONFIG_DIR: stateFolder,
    PROMPTFOO_DISABLE_TELEMETRY: "1",
    PROMPTFOO_DISABLE_UPDATE: "1",
    PROMPTFOO_DISABLE_REMOTE_GENERATION: "1",
  };
}
