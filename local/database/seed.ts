import { describeError } from "../describe_error.ts";
import { StackError } from "../stack_error.ts";
import type { Connection } from "./connect.ts";

/**
 * Runs the seed when it is new or was changed since it last ran, and records it as
 * `supabase db push --include-seed` does. A seed can be run again, so a changed one is.
 *
 * @returns whether it ran
 * @throws {StackError} if it failed; then nothing of it stays.
 */
export async function applySeed(connection: Connection, path: string): Promise<boolean> {
  const script = await Deno.readFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (script === undefined) return false;

  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", script));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // The CLI's name for the file, relative to the project.
  const name = "supabase/seed.sql";
  await connection`
    create table if not exists supabase_migrations.seed_files
      (path text not null primary key, hash text not null)
  `;
  const [seed] = await connection`
    select hash from supabase_migrations.seed_files where path = ${name}
  `;
  if (seed?.hash === hash) return false;

  await connection.begin(async (transaction) => {
    try {
      await transaction.unsafe(new TextDecoder().decode(script));
    } catch (error) {
      throw new StackError(`The seed failed: ${describeError(error)}`, { cause: error });
    }
    await transaction`
      insert into supabase_migrations.seed_files (path, hash) values (${name}, ${hash})
      on conflict (path) do update set hash = excluded.hash
    `;
  });
  return true;
}
