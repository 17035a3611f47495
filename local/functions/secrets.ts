import { parseEnv } from "node:util";
import { StackError } from "../stack_error.ts";
import { passedOn } from "./environment.ts";

/**
 * The functions' own secrets: `supabase/functions/.env`, which the Supabase CLI reads too, and
 * over it what the developer's shell sets for AWS and the functions' settings.
 *
 * @throws {StackError} on a file that is not text in UTF-8, and on half a set of credentials
 */
export function readSecrets(
  path: string,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Record<string, string> {
  const secrets = readFile(path);
  // Parts of two sets of credentials are no valid set, so the shell's come with all of theirs.
  if (accessKey.some((name) => env(name))) { for (const name of accessKey) delete secrets[name]; }
  for (const name of passedOn) {
    const value = env(name);
    if (value) secrets[name] = value;
  }
  refuseHalfAnAccessKey(secrets);
  return secrets;
}

/** Credentials of AWS that are valid together; the last belongs to temporary ones only. */
const accessKey = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] as const;

function refuseHalfAnAccessKey(secrets: Readonly<Record<string, string>>): void {
  // A Bedrock API key comes before them.
  if (secrets.AWS_BEARER_TOKEN_BEDROCK) return;
  const present = accessKey.filter((name) => secrets[name]);
  const missing = accessKey.slice(0, 2).filter((name) => !secrets[name]);
  if (present.length === 0 || missing.length === 0) return;
  throw new StackError(
    `${present.join(" and ")} ${present.length === 1 ? "is" : "are"} set without ${
      missing.join(" and ")
    }: set all of them, or none, to call the stand-in.`,
  );
}

/** Names that begin with SUPABASE_ are the platform's; a hosted project refuses such secrets. */
function readFile(path: string): Record<string, string> {
  try {
    const entries = Object.entries(parseEnv(decode(Deno.readFileSync(path), path)));
    return Object.fromEntries(
      entries.flatMap(([name, value]) =>
        value && !name.startsWith("SUPABASE_") ? [[name, value]] : []
      ),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Without the mark with which some editors begin a file, which would become part of a name. */
function decode(bytes: Uint8Array, path: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // In another encoding.
  }
  throw new StackError(`${path} is not text in UTF-8: save it as UTF-8.`);
}
