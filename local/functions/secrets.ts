import { parseEnv } from "node:util";
import { passedOn } from "./environment.ts";

/**
 * The functions' own secrets: `supabase/functions/.env`, which the Supabase CLI reads too, and
 * over it what the developer's shell sets for AWS and the functions' settings.
 */
export function readSecrets(
  path: string,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Record<string, string> {
  const secrets = readFile(path);
  for (const name of passedOn) {
    const value = env(name);
    if (value) secrets[name] = value;
  }
  return secrets;
}

/** Names that begin with SUPABASE_ are the platform's; a hosted project refuses such secrets. */
function readFile(path: string): Record<string, string> {
  try {
    const entries = Object.entries(parseEnv(Deno.readTextFileSync(path)));
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
