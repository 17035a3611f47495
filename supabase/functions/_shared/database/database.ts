import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../database.types.ts";
import { defaultCallTimeoutMs, fetchWithin } from "./fetch_within.ts";

/** The project's database through its Data API, as `service_role`. */
export type DatabaseClient = SupabaseClient<Database>;

export interface DatabaseOptions {
  /** The project's URL. */
  readonly url: string;
  /** A secret key, or the legacy `service_role` key. */
  readonly secretKey: string;
  /** A user's access token, as whom an RPC client calls; by default, the key's role. */
  readonly accessToken?: string;
  /** Most milliseconds of one call; {@linkcode defaultCallTimeoutMs}. */
  readonly timeoutMs?: number;
  readonly fetch: typeof globalThis.fetch;
}

/** Makes the client that an instance keeps. It holds no user's session. */
export function createDatabase(options: DatabaseOptions): DatabaseClient {
  return createClient<Database>(options.url, options.secretKey, {
    auth: {
      persistSession: false,
      autoRefreshToken: false,
      detectSessionInUrl: false,
    },
    global: { fetch: fetchWithin(options.timeoutMs ?? defaultCallTimeoutMs, options.fetch) },
  });
}
