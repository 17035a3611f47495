/** Evaluates a model with promptfoo, and attaches the result: `deno task evals <model-id>`. */
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ClientError, UsageError } from "../local/client/client_error.ts";
import { printable } from "../local/client/describe_answer.ts";
import { ModelManager } from "../local/client/manage_models.ts";
import { readProject } from "../local/client/project.ts";
import { projectRoot } from "../local/config.ts";
import { localKeys } from "../local/keys.ts";
import { evaluate } from "./evals/evaluate.ts";
import { type EvalsOptions, readOptions } from "./evals/options.ts";
import { promptfooVersion } from "./evals/run_promptfoo.ts";
import { projectUrl } from "./smoke/options.ts";

const usage = `Usage: deno task evals <model-id> [options]

Runs promptfoo ${promptfooVersion} from npm, with Node 22, against the running stack or a hosted project: a set of
questions is put to the model with the prompt of an assistant, and the figures of the result are
attached to the registry. The model must be available. The calls are billed like any others.

  --assistant TYPE     only for this assistant; default: each that has a set in evals/
  --file FILE          another set of cases for it; docs/evaluations.md says how to write one
  --keep FOLDER        keep promptfoo's result files there; they hold questions and answers
  --url URL            the project; default SUPABASE_URL, or the running stack
  --openai-name NAME   the function's name, where openai was installed under another

SUPABASE_SERVICE_KEY is the project's secret key; the running stack needs none. promptfoo gets an API
key for this model alone, which is revoked afterwards. Exit status: 0 all cases passed; 100 some did
not, and the result is attached; 1 nothing is attached, and the message says why; 2 a command line
that is not understood.`;

export interface EvalsTerminal {
  readonly env: Readonly<Record<string, string>>;
  readonly print: (line: string) => void;
  /** The folder that relative paths begin in. */
  readonly from: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Evaluates a model for each assistant that is asked for. @returns whether all cases passed
 *
 * @throws {UsageError} {ClientError}
 */
export async function evals(options: EvalsOptions, terminal: EvalsTerminal): Promise<boolean> {
  const { env, print, from, now, signal } = terminal;
  const project = await readProject((name) => env[name]);
  const url = projectUrl(options.url ?? project.url);
  const isLocal = ["127.0.0.1", "localhost"].includes(new URL(url).hostname);
  const secretKey = env["SUPABASE_SERVICE_KEY"] || (isLocal ? (await localKeys()).secret : "");
  if (secretKey === "") throw new UsageError("SUPABASE_SERVICE_KEY must be the secret key.");
  const keepIn = options.keep === undefined ? null : resolve(from, options.keep);
  if (keepIn !== null) await mkdir(keepIn, { recursive: true });
  const place = {
    manager: new ModelManager(url, secretKey),
    baseUrl: `${url}/functions/v1/${options.openaiName}/v1`,
    env,
    now,
    print,
    signal,
  };
  await requireAvailable(place.manager, options.modelId);
  let good = true;
  for (const { assistantType, file } of await setsOf(options, from)) {
    print(`Evaluating ${options.modelId} with the prompt of ${assistantType}: ${file}`);
    const wanted = { modelId: options.modelId, assistantType, file, keepIn };
    const { message, evaluation } = await evaluate(wanted, place);
    print(`Attached: ${message}`);
    good &&= evaluation.is_passing;
  }
  return good;
}

async function requireAvailable(manager: ModelManager, modelId: string): Promise<void> {
  const model = (await manager.list()).find(({ model_id }) => model_id === modelId);
  if (model === undefined) throw new ClientError(`There is no model ${modelId} in the registry.`);
  if (!model.is_available) {
    throw new ClientError(
      `${modelId} is not available, so no call reaches it. Enable it first: that alone makes it ` +
        "no assistant's model, unless it has a use case or stands in as a fallback.",
    );
  }
}

async function setsOf({ assistantType, file }: EvalsOptions, from: string) {
  const folder = join(projectRoot, "evals");
  const types = assistantType === undefined
    ? (await readdir(folder)).filter((name) => name.endsWith(".yaml"))
      .map((name) => name.slice(0, -".yaml".length)).sort()
    : [assistantType];
  return types.map((type) => {
    const set = file === undefined ? join(folder, `${type}.yaml`) : resolve(from, file);
    if (!existsSync(set)) {
      throw new ClientError(`There is no set ${set}; name one with --file.`);
    }
    return { assistantType: type, file: set };
  });
}

if (import.meta.main) {
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => interruption.abort());
  }
  try {
    const options = readOptions(Deno.args);
    if (options === null) {
      console.log(usage);
      Deno.exit(0);
    }
    const good = await evals(options, {
      env: Deno.env.toObject(),
      print: (line) => console.log(printable(line)),
      // A task runs in the folder of its deno.json; paths are meant from where it was called.
      from: Deno.env.get("INIT_CWD") ?? Deno.cwd(),
      now: Date.now,
      signal: interruption.signal,
    });
    Deno.exit(good ? 0 : 100);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${printable(error.message)}\nSee: deno task evals --help`);
      Deno.exit(2);
    }
    if (!(error instanceof ClientError)) throw error;
    console.error(printable(error.message));
    Deno.exit(1);
  }
}
