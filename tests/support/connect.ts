import postgres from "postgres";
import { databasePassword } from "../../local/postgres/server.ts";

/** Connects to a server of the tests; by default as `postgres`, who owns what migrations make. */
export function connect(options: {
  port: number;
  user?: "postgres" | "supabase_admin";
  database?: string;
  /** Most connections at once; 1 by default. */
  max?: number;
  /** Gets the messages of notices. */
  onNotice?: (message: string) => void;
}): postgres.Sql {
  return postgres({
    host: "127.0.0.1",
    port: options.port,
    user: options.user ?? "postgres",
    password: databasePassword,
    database: options.database ?? "postgres",
    max: options.max ?? 1,
    onnotice: ({ message }) => options.onNotice?.(message ?? ""),
  });
}
