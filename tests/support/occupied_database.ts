/** A database in which a made-up app lives, before the switchboard comes to it. */
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { applyMigrations } from "../../local/database/migrations.ts";
import { readOptions } from "../../tools/install/options.ts";
import { installInto } from "../../tools/install_into.ts";
import { type Catalogue, readCatalogue } from "./catalogue.ts";
import { connect } from "./connect.ts";
import { writeHostApp } from "./host_app.ts";
import { databasePortVariable } from "./database_server.ts";
import { type TestDatabase, withEmptyDatabase } from "./test_database.ts";

export interface OccupiedDatabase extends TestDatabase {
  /**
   * Installs the switchboard into the app's checkout and applies its migrations after the app's, as
   * `supabase db push` does. Installed again, it keeps what was chosen at first.
   *
   * @returns the files of the applied migrations
   */
  install(...options: string[]): Promise<string[]>;
  /** What the catalogue says now. */
  catalogue(): Promise<Catalogue>;
}

/** The app's user, who has a conversation and a role there. */
export const member = {
  role: "authenticated",
  userId: "00000000-0000-4000-b000-000000000001",
} as const;

/** As Supabase's event trigger that turns on row-level security; only a superuser may make one. */
const eventTrigger = `
  create function private.watch_tables() returns event_trigger
  language plpgsql security definer set search_path = ''
  as $$
  declare
    made record;
  begin
    for made in
      select * from pg_event_trigger_ddl_commands()
      where command_tag = 'CREATE TABLE' and schema_name = 'public'
    loop
      execute format('alter table %s enable row level security', made.object_identity);
    end loop;
  end;
  $$;
  create event trigger watch_tables on ddl_command_end execute function private.watch_tables();
  create publication app_changes for all tables;`;

/** Runs a test on a fresh database with the app's migrations, and no others. */
export async function withOccupiedDatabase(
  test: (database: OccupiedDatabase) => Promise<void>,
): Promise<void> {
  await withEmptyDatabase(async (database) => {
    const { sql, session: open } = database;
    const session = open();
    const dir = await Deno.makeTempDir();
    await writeHostApp(dir);
    const migrations = join(dir, "supabase", "migrations");
    const [{ name = "" } = {}] = await sql`select current_database() as name`;
    const port = Number(Deno.env.get(databasePortVariable));
    const admin = connect({ port, user: "supabase_admin", database: name });
    try {
      await applyMigrations(session, migrations);
      await admin.unsafe(eventTrigger);
      await test({
        ...database,
        install: async (...options) => {
          const asked = readOptions([dir, "--chat-name", "assistant-chat", ...options]);
          const { status, output } = await installInto(asked!, projectRoot, new Date());
          if (status !== 0) throw new Error(output);
          return await applyMigrations(session, migrations);
        },
        catalogue: async () => await readCatalogue(admin),
      });
    } finally {
      await admin.end();
      await Deno.remove(dir, { recursive: true });
    }
  });
}
