import { parseArgs } from "node:util";
import { UsageError } from "../../local/client/client_error.ts";
import {
  geographies,
  type Geography,
  isGeography,
} from "../../supabase/functions/_shared/registry/geography.ts";

/** Which rows the registry begins with: those of the first users, or next to none. */
export type FirstRows = "health" | "blank";

/** What the command line asks for; what it leaves out is undefined. */
export interface InstallOptions {
  readonly folder: string;
  readonly chatName: string | undefined;
  readonly data: FirstRows | undefined;
  readonly geographies: readonly Geography[] | undefined;
  readonly dryRun: boolean;
}

/** As the Supabase CLI names functions. */
const functionName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** @returns null if help is asked for. @throws {UsageError} on what it does not understand. */
export function readOptions(args: string[]): InstallOptions | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) {
    throw new UsageError("Name one folder: the checkout to install into.");
  }
  return {
    folder,
    chatName: readChatName(values["chat-name"]),
    data: readData(values.data),
    geographies: readGeographies(values.geographies),
    dryRun: values["dry-run"] ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        "chat-name": { type: "string" },
        data: { type: "string" },
        geographies: { type: "string" },
        "dry-run": { type: "boolean" },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

function readChatName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (!functionName.test(name) || name === "manage-bedrock-models") {
    throw new UsageError(
      `--chat-name must be a name for a function, of letters, digits, - and _, not "${name}".`,
    );
  }
  return name;
}

function readData(data: string | undefined): FirstRows | undefined {
  if (data === undefined || data === "health" || data === "blank") return data;
  throw new UsageError(`--data must be health or blank, not "${data}".`);
}

function readGeographies(text: string | undefined): Geography[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  for (const name of names) {
    if (!isGeography(name)) {
      throw new UsageError(
        `--geographies does not know "${name}"; it knows ${geographies.join(", ")}.`,
      );
    }
  }
  return [...new Set(names.filter(isGeography))];
}
