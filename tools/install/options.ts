import { parseArgs } from "node:util";
import { UsageError } from "../../local/client/client_error.ts";
import {
  geographies,
  type Geography,
  isGeography,
} from "../../supabase/functions/_shared/registry/geography.ts";

/** Which rows the registry begins with: those of the first users, or next to none. */
export type FirstRows = "health" | "blank";

/** Functions that a project can have under another name. */
export const renamable = ["chat", "openai", "anthropic"] as const;

/** The names of these in a project. */
export type FunctionNames = Readonly<Record<typeof renamable[number], string>>;

/** What the command line asks for; what it leaves out is undefined. */
export interface InstallOptions {
  readonly folder: string;
  readonly names: Partial<FunctionNames>;
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
    names: readNames(values),
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
        "openai-name": { type: "string" },
        "anthropic-name": { type: "string" },
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

function readNames(values: ReturnType<typeof parse>["values"]): Partial<FunctionNames> {
  const given = renamable.flatMap((name) => {
    const value = values[`${name}-name`];
    return value === undefined ? [] : [[name, value] as const];
  });
  for (const [name, value] of given) {
    if (functionName.test(value) && value !== "manage-bedrock-models") continue;
    throw new UsageError(
      `--${name}-name must be a name for a function, of letters, digits, - and _, not "${value}".`,
    );
  }
  return Object.fromEntries(given);
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
