import { readLocalConfig } from "../config.ts";
import { localKeys } from "../keys.ts";
import { ClientError } from "./client_error.ts";

/** The project to talk to. */
export interface Project {
  /** Without a slash at the end. */
  readonly url: string;
  readonly publishableKey: string;
}

/**
 * The project of `SUPABASE_URL` and `SUPABASE_PUBLISHABLE_KEY`; by default the embedded stack and
 * the local publishable key.
 *
 * @throws {ClientError} if `SUPABASE_URL` is not an HTTP URL.
 * @throws {RangeError} if `SWITCHBOARD_API_PORT` is not a port.
 */
export async function readProject(
  env: (name: string) => string | undefined,
): Promise<Project> {
  const url = env("SUPABASE_URL") || `http://127.0.0.1:${readLocalConfig(env).apiPort}`;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new ClientError(`SUPABASE_URL must be an http or https URL, but it is "${url}".`);
  }
  return {
    url: url.replace(/\/+$/, ""),
    publishableKey: env("SUPABASE_PUBLISHABLE_KEY") || (await localKeys()).publishable,
  };
}
