/** API keys and calls for tests, as the functions make them: through Postgres, as service_role. */
import type postgres from "postgres";
import type { HeldBudget, RunAs } from "./turns.ts";
import { serviceRole } from "./test_database.ts";

type Json = postgres.JSONValue;

/** A row of `ai_api_keys`, as its functions return it. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly assistant_type: string | null;
  readonly expires_at: string | null;
  readonly grace_ends_at: string | null;
  readonly revoked_at: string | null;
  readonly replaces: string | null;
  readonly created_by: string;
  readonly last_used_on: string | null;
}

/** A digest that no other key has. */
export function anyDigest(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Makes a key by its digest; `more` are further keys of p_key. */
export function createKey(
  { as }: RunAs,
  digest: string,
  more: Record<string, Json> = {},
  actor: string | null = null,
): Promise<StoredKey> {
  const key = { name: "a client", digest, prefix: "bsk_abc-_1", ...more };
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.create_api_key(
        ${sql.json(key)}, p_actor_user_id => ${actor}, p_source => 'api') -> 'api_key' as key`;
    return row!.key;
  });
}

/** What `begin_call()` returns. */
export interface BegunCall {
  readonly refused?: {
    readonly why: string;
    readonly api_key_id: string | null;
    readonly assistant_type: string | null;
  };
  readonly api_key_id: string | null;
  readonly assistant_type: string | null;
  readonly models: string[] | null;
  readonly is_operator: boolean;
  readonly user_hash: string | null;
  readonly client_hash: string | null;
  readonly begun_at: string;
  readonly begun_xmin: string;
  readonly budget: HeldBudget | null;
  readonly registry_version: number;
  readonly registry_hash: string;
}

export function beginCall(
  { as }: RunAs,
  caller: Record<string, Json>,
  more: Record<string, Json> = {},
): Promise<BegunCall> {
  return as(serviceRole, async (sql) => {
    const call = { surface: "openai", caller, client_label: null, ...more };
    const [row] = await sql`select public.begin_call(${sql.json(call)}) as call`;
    return row!.call;
  });
}

export const beginWithKey = (database: RunAs, digest: string, more: Record<string, Json> = {}) =>
  beginCall(database, { kind: "api-key", digest }, more);

/** Ends a call; `run` and `more` are further keys of the run's record and of p_end. */
export function completeCall(
  { as }: RunAs,
  begun: BegunCall,
  run: Record<string, Json> = {},
  more: Record<string, Json> = {},
): Promise<number | null> {
  const end = {
    id: crypto.randomUUID(),
    surface: "openai",
    assistant_type: begun.assistant_type,
    client_retries: null,
    api_key_id: begun.api_key_id,
    user_hash: begun.user_hash,
    client_hash: begun.client_hash,
    begun_at: begun.begun_at,
    begun_xmin: begun.begun_xmin,
    run: {
      status: "complete",
      model_id: "eu.amazon.nova-pro-v1:0",
      reason: "default",
      registry_version: begun.registry_version,
      input_tokens: 1_000_000,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      usage_estimated: false,
      response_time_ms: 100,
      time_to_first_token_ms: 40,
      ...run,
    },
    ...more,
  };
  return as(serviceRole, async (sql) => {
    const [row] = await sql`select public.complete_call(${sql.json(end)})::float8 as cost`;
    return row!.cost;
  });
}
