/** Everything that a database's catalogue says, to compare what it said before and after. */
import type postgres from "postgres";

/** The rows of each catalogue, and of each table of the project, as texts. */
export type Catalogue = ReadonlyMap<string, ReadonlySet<string>>;

/** Statistics, contents of large objects, and what belongs to other databases of the server. */
const skipped = ["pg_statistic", "pg_statistic_ext_data", "pg_largeobject", "pg_subscription_rel"];

/** What changes by itself: figures of VACUUM and ANALYZE, and files that VACUUM FULL moves. */
const passing = [
  "relfilenode",
  "relpages",
  "reltuples",
  "relallvisible",
  "relfrozenxid",
  "relminmxid",
  "datfrozenxid",
  "datminmxid",
];

/** Rows of the catalogues that all databases share, of this database only. */
const ownRows: Readonly<Record<string, string>> = {
  pg_database: "datname = current_database()",
  pg_shdepend: "dbid = (select oid from pg_database where datname = current_database())",
  pg_db_role_setting:
    "setdatabase in (0, (select oid from pg_database where datname = current_database()))",
};

/**
 * Reads every table of `pg_catalog`, with its object ids, and the rows of every table but those of
 * the migrations' own record. So an object that was dropped and made again counts as changed.
 *
 * @param admin as a superuser: others may not read all of it
 */
export async function readCatalogue(admin: postgres.Sql): Promise<Catalogue> {
  const catalogue = new Map<string, ReadonlySet<string>>();
  for (const name of await namesOf(admin, "= 'pg_catalog'")) {
    if (skipped.includes(name)) continue;
    const rows = await admin.unsafe(
      `select (to_jsonb(c) - $1::text[])::text as row from pg_catalog.${name} as c
       where ${ownRows[name] ?? "true"}`,
      [passing],
    );
    catalogue.set(name, new Set(rows.map(({ row }) => String(row))));
  }
  const schemas = "!~ '^pg_' and nspname not in ('information_schema', 'supabase_migrations')";
  for (const name of await namesOf(admin, schemas)) {
    const rows = await admin.unsafe(`select to_jsonb(t)::text as row from ${name} as t`);
    catalogue.set(`rows of ${name}`, new Set(rows.map(({ row }) => String(row))));
  }
  return catalogue;
}

/** What one catalogue says and another does not, by table; tables without such rows are left out. */
export function saidOnlyBy(one: Catalogue, other: Catalogue): Record<string, string[]> {
  return Object.fromEntries(
    [...one].map(([name, rows]): [string, string[]] => [
      name,
      [...rows].filter((row) => !other.get(name)?.has(row)),
    ]).filter(([, rows]) => rows.length > 0),
  );
}

async function namesOf(admin: postgres.Sql, ofSchema: string): Promise<string[]> {
  const rows = await admin.unsafe(`
    select case n.nspname when 'pg_catalog' then c.relname
      else format('%I.%I', n.nspname, c.relname) end as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname ${ofSchema}
    order by 1`);
  return rows.map(({ name }) => String(name));
}
