import { isSecretKey } from "../src/api/secret_key.ts";

/** The file beside the page that says which project the console is for. */
export const configName = "config.json";

/** Writes that file's content. Both values are public: the key only says which project is asked. */
export function writeConfig(
  config: { supabaseUrl: string; publishableKey: string },
): string {
  const { supabaseUrl, publishableKey } = config;
  return JSON.stringify(
    { supabase_url: supabaseUrl, publishable_key: publishableKey },
    null,
    2,
  ) +
    "\n";
}

/**
 * Reads the project from the environment; what is not set is left to be entered into the file.
 *
 * @throws {RangeError} on an URL that is none, and on a key that must never be published
 */
export function readBuildConfig(env: (name: string) => string | undefined) {
  const supabaseUrl = env("SUPABASE_URL") || "https://your-project.supabase.co";
  const publishableKey = env("SUPABASE_PUBLISHABLE_KEY") || "sb_publishable_…";
  if (!/^https?:\/\//.test(supabaseUrl) || !URL.canParse(supabaseUrl)) {
    throw new RangeError(
      `SUPABASE_URL must be the project's URL, but it is "${supabaseUrl}".`,
    );
  }
  if (isSecretKey(publishableKey)) {
    throw new RangeError(
      "SUPABASE_PUBLISHABLE_KEY holds a secret key, which everyone could read on the page: " +
        "give it the publishable one (sb_publishable_…), or the legacy anon key.",
    );
  }
  return { supabaseUrl, publishableKey };
}
