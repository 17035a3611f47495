import { parseArgs } from "node:util";
import { UsageError } from "../../local/client/client_error.ts";
import { readFunctionName } from "../../local/client/function_name.ts";

/** What the command line asks for. */
export interface EvalsOptions {
  readonly modelId: string;
  /** Undefined: every assistant that has a set in `evals/`. */
  readonly assistantType: string | undefined;
  /** Another set, of that assistant. */
  readonly file: string | undefined;
  /** Where to keep the result files; undefined: they are deleted. */
  readonly keep: string | undefined;
  /** The project's URL, without a path; undefined: from the environment. */
  readonly url: string | undefined;
  /** The name of the function `openai` in the project. */
  readonly openaiName: string;
}

/** @returns null if help is asked for. @throws {UsageError} on what it does not understand. */
export function readOptions(args: string[]): EvalsOptions | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [modelId = "", ...more] = positionals;
  if (modelId === "" || more.length > 0) throw new UsageError("Name one model, by its id.");
  if (values.file !== undefined && values.assistant === undefined) {
    throw new UsageError("--file needs --assistant: the assistant that the set is for.");
  }
  return {
    modelId,
    assistantType: values.assistant,
    file: values.file,
    keep: values.keep,
    url: values.url,
    openaiName: readFunctionName("openai", values["openai-name"]),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        assistant: { type: "string" },
        file: { type: "string" },
        keep: { type: "string" },
        url: { type: "string" },
        "openai-name": { type: "string" },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}
