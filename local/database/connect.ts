import postgres from "postgres";
import { databasePassword } from "../postgres/server.ts";

/** A connection of one session, for the stack's own work. */
export type Connection = postgres.Sql;

/**
 * Connects to the stack's database as `supabase_admin`, the superuser, or as `postgres`, who owns
 * the project's objects. The caller ends the connection.
 */
export function connect(port: number, user: "supabase_admin" | "postgres"): Connection {
  return postgres({
    host: "127.0.0.1",
    port,
    user,
    password: databasePassword,
    database: "postgres",
    max: 1,
    // A busy machine takes seconds to begin a session.
    connect_timeout: 30,
    onnotice: () => {},
    connection: { application_name: "bedrock-switchboard" },
  });
}

/** Where anything else connects, as `postgres`. */
export function databaseUrl(port: number): string {
  return `postgresql://postgres:${databasePassword}@127.0.0.1:${port}/postgres`;
}
