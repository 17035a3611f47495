import { App, setExperimental } from "@supabase/lite";
import type { Connection } from "../database/connect.ts";
import type { ProjectKeys } from "../keys.ts";
import { StackError } from "../stack_error.ts";
import { answerAuthPreflight, withCrossOrigin } from "./cross_origin.ts";
import { HostedConnection, type RoleSettings } from "./hosted_connection.ts";
import { isListing, withHostedListing } from "./hosted_listing.ts";
import { ObjectFiles } from "./object_files.ts";
import { withHostedToken } from "./tokens.ts";

/** The Supabase API of one database: `/rest/v1`, `/auth/v1` and `/storage/v1`. */
export interface SupabaseApi {
  fetch(request: Request): Promise<Response>;
  /** Ends its connections to the database. */
  close(): Promise<void>;
}

/** How long an access token is valid, in seconds. */
const tokenLifetimeSeconds = 3600;

export interface SupabaseApiOptions {
  readonly dbPort: number;
  /** Where clients reach it, such as `http://127.0.0.1:54321`. */
  readonly apiUrl: string;
  readonly keys: ProjectKeys;
  /** Where the bytes of Storage's objects are kept. */
  readonly filesDir: string;
  /** Most connections to the database; 10. */
  readonly connections?: number | undefined;
}

/** Makes the tables of the Auth server, in the schema `auth`, where they are missing. */
export async function createAuthTables(options: SupabaseApiOptions): Promise<void> {
  const connection = new HostedConnection({ port: options.dbPort, roleSettings: new Map() });
  try {
    await createApp(options, connection).ensureSystemSchema();
  } finally {
    await connection.close();
  }
}

/**
 * Starts the API. The database must have all its tables: the API reads the catalogue once.
 *
 * @param admin a connection that may read the catalogue; not kept
 */
export async function startSupabaseApi(
  options: SupabaseApiOptions,
  admin: Connection,
): Promise<SupabaseApi> {
  const roleSettings = await readRoleSettings(admin);
  const connection = new HostedConnection({
    port: options.dbPort,
    roleSettings,
    ...(options.connections !== undefined && { connections: options.connections }),
  });
  const app = createApp(options, connection);
  // Experimental in this version, which is pinned and tested here. Set before the first app begins,
  // that of createAuthTables(), it would print a warning; the tables of Storage are there without it.
  setExperimental("storage", true);
  try {
    await refuseGrants(admin, () => warmUp(connection));
  } catch (error) {
    await connection.close();
    throw error;
  }
  const issuer = `${options.apiUrl}/auth/v1`;
  return {
    async fetch(request) {
      const forAuth = new URL(request.url).pathname.startsWith("/auth/v1/");
      const preflight = forAuth ? answerAuthPreflight(request) : undefined;
      if (preflight !== undefined) return preflight;
      const asked = isListing(request) ? await request.clone().json().catch(() => ({})) : null;
      const answer = await app.fetch(withKnownRoute(request), { peerAddress: null });
      const response = asked === null ? answer : await withHostedListing(asked, answer);
      if (!forAuth) return response;
      const { jwtSecret } = options.keys;
      return withCrossOrigin(await withHostedToken(request, response, { issuer, jwtSecret }));
    },
    async close() {
      await connection.close();
    },
  };
}

/** Downloads with a user's rights have two routes, of which the embedded Storage knows one. */
function withKnownRoute(request: Request): Request {
  const route = "/storage/v1/object/authenticated/";
  const { pathname } = new URL(request.url);
  if (request.method !== "GET" || !pathname.startsWith(route)) return request;
  return new Request(request.url.replace(route, "/storage/v1/object/"), request);
}

function createApp({ apiUrl, keys, filesDir }: SupabaseApiOptions, connection: HostedConnection) {
  const accepted: Record<string, { type: "publishable" | "secret"; role: string }> = {
    [keys.publishable]: { type: "publishable", role: "anon" },
    [keys.anon]: { type: "publishable", role: "anon" },
    [keys.secret]: { type: "secret", role: "service_role" },
    [keys.serviceRole]: { type: "secret", role: "service_role" },
  };
  const app = new App({
    connection,
    api: { enabled: true, schemas: ["public"], max_rows: 1000, external_url: apiUrl },
    auth: {
      enabled: true,
      jwt_secret: keys.jwtSecret,
      jwt_expiry: tokenLifetimeSeconds,
      site_url: "http://127.0.0.1:3000",
      email: { enable_confirmations: false },
    },
    // The stack keeps the record of migrations itself.
    db: { migrations: { enabled: false } },
    studio: { enabled: false },
    // As supabase/config.toml has it.
    storage: { enabled: true, file_size_limit: "50MiB" },
    options: {
      server: {
        admin: false,
        disableStudio: true,
        apiKeys: {
          resolver: (key: string) => {
            const found = Object.hasOwn(accepted, key) ? accepted[key] : undefined;
            const resolved = found && { type: found.type, claims: { role: found.role } };
            return Promise.resolve(resolved ?? null);
          },
        },
      },
    },
  });
  app._storageAdapter = new ObjectFiles(filesDir);
  return app;
}

/** `alter role … set …`, as PostgREST reads it: the login role's settings, then the role's own. */
async function readRoleSettings(admin: Connection): Promise<RoleSettings> {
  const rows = await admin<{ role: string; name: string; value: string }[]>`
    select roles.rolname as role, settings.name, substr(entry, strpos(entry, '=') + 1) as value
    from pg_catalog.pg_roles as roles, unnest(roles.rolconfig) as entry
    join pg_catalog.pg_settings as settings
      on settings.name = split_part(entry, '=', 1) and settings.context = 'user'
    where roles.rolname in ('authenticator', 'anon', 'authenticated', 'service_role')
  `;
  const of = (role: string) =>
    Object.fromEntries(rows.filter((row) => row.role === role).map((row) => [row.name, row.value]));
  return new Map(["anon", "authenticated", "service_role"].map((role) => [
    role,
    { ...of("authenticator"), ...of(role) },
  ]));
}

/** Does what the first request would: reads the catalogue, and looks for row-level security. */
async function warmUp(connection: HostedConnection): Promise<void> {
  await connection.introspect({ useCache: true });
  await connection.withContext({ auth: { role: "anon" } }, () => Promise.resolve());
}

/**
 * The embedded API is known to hand out privileges on its first request, which `HostedConnection`
 * prevents by a private field. A version that does it another way must not go unnoticed: with
 * everything granted, a missing grant would show on the hosted project only.
 */
async function refuseGrants(admin: Connection, run: () => Promise<void>): Promise<void> {
  const read = () =>
    admin`
      select
        (select md5(string_agg(oid || relacl::text, ',' order by oid)) from pg_catalog.pg_class) as acl,
        (select count(*) from pg_catalog.pg_default_acl) as defaults
    `;
  const before = await read();
  await run();
  const after = await read();
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    throw new StackError("This version of @supabase/lite changes grants: use the pinned one.");
  }
}
