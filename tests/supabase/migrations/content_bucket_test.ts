/** The private bucket of users' images and documents, in a project that has policies of its own. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { connect } from "../../support/connect.ts";
import { databasePortVariable, migrationsDir } from "../../support/database_server.ts";
import { type TestDatabase, withDatabase } from "../../support/test_database.ts";

const migration = await Deno.readTextFile(
  join(migrationsDir, "20261129091010_keep_content_in_storage.sql"),
);

/** What the migration says when it is applied. */
async function warnings({ sql }: Pick<TestDatabase, "sql">): Promise<string[]> {
  const [row] = await sql`select current_database() as name`;
  const told: string[] = [];
  const session = connect({
    port: Number(Deno.env.get(databasePortVariable)),
    database: row?.name,
    onNotice: (message) => told.push(message),
  });
  try {
    await session.unsafe(migration);
  } finally {
    await session.end({ timeout: 5 });
  }
  return told;
}

Deno.test("the migration warns of policies on storage.objects that name no bucket, and of no others", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql.unsafe(`
      create policy own_bucket on storage.objects for select to authenticated
        using (bucket_id = 'photos');
      create policy own_uploads on storage.objects for insert to authenticated
        with check (bucket_id = 'photos');
      create policy narrower on storage.objects as restrictive for select to authenticated
        using (true);
      create policy service on storage.objects to service_role using (true);`);
    expect(await warnings(database)).toEqual([]);
    await sql.unsafe(`
      create policy "All files" on storage.objects for select to authenticated using (true);
      create policy uploads on storage.objects for insert to authenticated with check (true);
      create policy moves on storage.objects for update to authenticated
        using (bucket_id = 'photos') with check (true);`);
    const [told, ...others] = await warnings(database);
    expect(others).toEqual([]);
    expect(told).toContain('that name no bucket_id: "All files", moves, uploads.');
    expect(told).toContain('"switchboard-content"');
  });
});

Deno.test("the migration refuses a bucket that is public", async () => {
  await withDatabase(async (database) => {
    await database.sql`update storage.buckets set public = true where id = 'switchboard-content'`;
    await expect(warnings(database)).rejects.toThrow("is public");
  });
});
