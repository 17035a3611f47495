/**
 * A made-up app that lives on Supabase: a checkout with fifty migrations, functions and settings of
 * its own, whose names are those that apps like to have. The switchboard must fit into it.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("host_app/", import.meta.url));

/** How many migrations the app has. */
export const hostMigrations = 50;

/** Writes the app's checkout into a folder, which may exist. */
export async function writeHostApp(dir: string): Promise<void> {
  await copyFolder(source, dir);
  const migrations = join(dir, "supabase", "migrations");
  for (let n = [...Deno.readDirSync(migrations)].length; n < hostMigrations; n++) {
    const stamp = `202502${String(n % 28 + 1).padStart(2, "0")}${String(n).padStart(6, "0")}`;
    await Deno.writeTextFile(join(migrations, `${stamp}_create_part_${n}.sql`), part(n));
  }
}

function part(n: number): string {
  return `create table private.part_${n} (id bigint generated always as identity primary key);
comment on table private.part_${n} is 'Part ${n} of the app.';
grant select on private.part_${n} to reporting;
`;
}

/** Copies a folder with all that is in it. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const entry of Deno.readDirSync(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) await copyFolder(source, target);
    else await Deno.writeFile(target, await Deno.readFile(source));
  }
}
