import { parseArgs } from "node:util";
import { UsageError } from "../../local/client/client_error.ts";
import { readFunctionName } from "../../local/client/function_name.ts";

/** What the command line asks for. No credentials: other users of a machine see its arguments. */
export interface SmokeOptions {
  readonly help: boolean;
  /** The project's URL, without a path; undefined: from the environment. */
  readonly url: string | undefined;
  /** The name of the function `chat` in the project. */
  readonly chatName: string;
  /** And that of `openai`. */
  readonly openaiName: string;
  /** Whether to begin without asking. */
  readonly yes: boolean;
}

/** @throws {UsageError} on what it does not understand. */
export function readOptions(args: string[]): SmokeOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: "boolean", short: "h" },
        url: { type: "string" },
        "chat-name": { type: "string" },
        "openai-name": { type: "string" },
        yes: { type: "boolean", short: "y" },
      },
    });
    return {
      help: values.help ?? false,
      url: values.url,
      chatName: readFunctionName("chat", values["chat-name"]),
      openaiName: readFunctionName("openai", values["openai-name"]),
      yes: values.yes ?? false,
    };
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/**
 * The origin of a project's URL.
 *
 * @throws {UsageError} if it is none, or plain http to another machine, which would show the keys.
 */
export function projectUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new UsageError(
      "--url must be a project's URL, such as https://<project-ref>.supabase.co.",
    );
  }
  if (url.protocol === "http:" && !["127.0.0.1", "localhost"].includes(url.hostname)) {
    throw new UsageError("--url must begin with https://, since keys are sent to it.");
  }
  return url.origin;
}
