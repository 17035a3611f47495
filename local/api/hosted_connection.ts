import { PostgresConnection } from "@supabase/lite/postgres";
import { sql } from "kysely";
import { databasePassword } from "../postgres/server.ts";
import { ignoreLateErrors } from "./driver_guard.ts";
import { asPostgrestError } from "./postgrest_error.ts";

ignoreLateErrors();

/** Settings that a role's transactions run with, by name. */
export type RoleSettings = ReadonlyMap<string, Readonly<Record<string, string>>>;

type Context = Parameters<PostgresConnection["withContext"]>;
type Run<T> = (database: Awaited<Parameters<Context[1]>[0]>) => Promise<T>;

/** Roles that a request may run as; PostgREST's own login role may take on no others. */
const requestRoles = ["anon", "authenticated", "service_role"];

/** The embedded API's connections to PostgreSQL, made to behave as PostgREST's do. */
export class HostedConnection extends PostgresConnection {
  readonly #roleSettings: RoleSettings;

  constructor(options: { port: number; roleSettings: RoleSettings; connections?: number }) {
    super({
      url: `postgresql://supabase_admin:${databasePassword}@127.0.0.1:${options.port}/postgres`,
      postgresOptions: {
        max: options.connections ?? 10,
        connect_timeout: 5,
        // In seconds. By default the pauses grow to 20 s, and requests wait them out.
        backoff: () => 0.05,
        onnotice: () => {},
        connection: { application_name: "postgrest", search_path: "public, extensions" },
        types: jsonTypes,
      },
    });
    this.#roleSettings = options.roleSettings;
    // In the state "unknown", the first request grants everything to everyone and makes that the
    // default, or, where no table has row-level security, requests run as the superuser. In the
    // state "active" each request runs as its role, and nothing is granted.
    Reflect.set(this, "rlsState", "active");
  }

  override normalizeDbError(error: unknown): unknown {
    return asPostgrestError(error);
  }

  /**
   * Ends the connections. Queries that go on for longer than two seconds are given up: the driver
   * waits for ever for a connection on which a query was begun while it was being ended.
   */
  override async close(): Promise<void> {
    await this.driver.end({ timeout: 2 });
  }

  /** Runs a request in a transaction of its role, with the role's settings. */
  override withContext<T>(vars: Context[0], run: Run<T>, options?: Context[2]): Promise<T> {
    if (vars === undefined) return super.withContext(vars, run, options);
    const role = requestRole(vars);
    if (!requestRoles.includes(role)) {
      const refusal = Object.assign(new Error(`permission denied to set role "${role}"`), {
        code: "42501",
      });
      return Promise.reject(refusal);
    }
    const settings = Object.entries(this.#roleSettings.get(role) ?? {});
    return super.withContext(vars, async (database) => {
      for (const [name, value] of settings) {
        await sql`select set_config(${name}, ${value}, true)`.execute(database);
      }
      return await run(database);
    }, options);
  }
}

function requestRole(vars: NonNullable<Context[0]>): string {
  const { auth } = vars as { auth?: { role?: string | null } };
  return auth?.role || "anon";
}

/**
 * Values as PostgreSQL's `to_json` writes them, which is how PostgREST answers. The text form that
 * the driver gets differs: `2026-01-02 03:04:05+00` for a timestamp.
 */
const jsonTypes = {
  // The API passes a JSON array as its text already; the driver would write that text as a string.
  jsonb: {
    to: 3802,
    from: [3802],
    serialize: (value: unknown) => typeof value === "string" ? value : JSON.stringify(value),
    parse: (text: string) => JSON.parse(text),
  },
  numeric: {
    to: 1700,
    from: [1700],
    serialize: String,
    // JSON has no NaN and no infinity; to_json writes them as strings.
    parse: (text: string) => Number.isFinite(Number(text)) ? Number(text) : text,
  },
  timestamp: {
    to: 1114,
    from: [1114],
    serialize: String,
    parse: (text: string) => text.replace(" ", "T"),
  },
  timestamptz: {
    to: 1184,
    from: [1184],
    serialize: String,
    parse: (text: string) => text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"),
  },
};
