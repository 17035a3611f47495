import { expect } from "@std/expect";
import { join } from "node:path";
import postgres from "postgres";
import { freePort } from "../../local/ports.ts";
import { startFixtureStack, temporaryCopy, temporaryState } from "./temporary_stack.ts";

Deno.test("startStack() keeps what it is given, from start to start", async (test) => {
  await using state = await temporaryState();
  using migrations = await temporaryCopy("migrations");
  const options = { stateDir: state.dir, migrationsDir: migrations.dir };

  await test.step("migrations and seed are recorded as the Supabase CLI records them", async () => {
    const stack = await startFixtureStack(options);
    try {
      const recorded = await query(
        stack.dbUrl,
        `select version, name, statements from supabase_migrations.schema_migrations order by 1`,
      );
      expect(recorded.map(({ version, name }) => `${version}_${name}`)).toEqual([
        "20260101000000_create_things",
        "20260101000001_create_functions",
      ]);
      expect(recorded[1]?.statements).toEqual([
        expect.stringMatching(/^create function public\.fail[^]*\$\$$/),
        expect.stringMatching(/^create function public\.caller[^]*\$\$$/),
        expect.stringMatching(/^create function public\.echo[^]*'select value'$/),
        "grant execute on function public.echo(jsonb) to service_role",
      ]);
      expect(await query(stack.dbUrl, "select path from supabase_migrations.seed_files"))
        .toEqual([{ path: "supabase/seed.sql" }]);
      await query(stack.dbUrl, "insert into things (name, size) values ('kept', 1)");
      await query(stack.dbUrl, "delete from things where name = 'seeded'");
    } finally {
      await stack.stop();
    }
  });

  await test.step("the owner of what they made is no superuser, as on a hosted project", async () => {
    const stack = await startFixtureStack(options);
    try {
      expect(
        await query(
          stack.dbUrl,
          `select tableowner, rolsuper from pg_tables join pg_roles on rolname = tableowner
           where tablename = 'things'`,
        ),
      ).toEqual([{ tableowner: "postgres", rolsuper: false }]);
    } finally {
      await stack.stop();
    }
  });

  await test.step("the next start applies what is new, and nothing twice", async () => {
    await Deno.writeTextFile(
      join(migrations.dir, "20260101000002_add_note.sql"),
      "alter table public.things add column note text; -- a note; of no weight",
    );
    const stack = await startFixtureStack(options);
    try {
      expect(await query(stack.dbUrl, "select name, note from things"))
        .toEqual([{ name: "kept", note: null }]);
    } finally {
      await stack.stop();
    }
  });

  await test.step("a migration that fails leaves nothing of itself, and nothing running", async () => {
    const file = join(migrations.dir, "20260101000003_fail.sql");
    await Deno.writeTextFile(file, "create table public.half (); select 1 / 0;");
    const dbPort = freePort();
    const failure = startFixtureStack({ ...options, dbPort });
    await expect(failure).rejects.toThrow(
      "Migration 20260101000003_fail.sql failed at statement 2 of 2: division by zero",
    );
    expect(listens(dbPort)).toBe(false);
    await Deno.remove(file);
    const stack = await startFixtureStack({ ...options, dbPort });
    try {
      expect(await query(stack.dbUrl, "select to_regclass('public.half') as half"))
        .toEqual([{ half: null }]);
    } finally {
      await stack.stop();
    }
  });

  await test.step("a second stack on the same state is refused", async () => {
    const stack = await startFixtureStack(options);
    try {
      await expect(startFixtureStack(options)).rejects.toThrow(/^Another stack is running on /);
    } finally {
      await stack.stop();
    }
  });

  await test.step("a port in use is named before anything starts", async () => {
    for (const name of ["apiPort", "dbPort", "bedrockPort", "consolePort"] as const) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = listener.addr;
      const lines: string[] = [];
      await expect(
        startFixtureStack({ ...options, [name]: port, log: (line) => lines.push(line) }),
      ).rejects.toThrow(new RegExp(`^Port ${port}, .*set SWITCHBOARD_[A-Z]+_PORT to another port`));
      expect(lines.filter((line) => line.startsWith("Starting"))).toEqual([]);
      listener.close();
    }
  });

  await test.step("a reset begins with an empty database", async () => {
    const stack = await startFixtureStack({ ...options, reset: true });
    try {
      expect(await query(stack.dbUrl, "select name from things")).toEqual([{ name: "seeded" }]);
    } finally {
      await stack.stop();
    }
  });

  await test.step("a start that is given up leaves nothing running", async () => {
    const dbPort = freePort();
    const interrupt = new AbortController();
    const start = startFixtureStack({
      ...options,
      dbPort,
      signal: interrupt.signal,
      log: (line) => line.startsWith("Preparing") && interrupt.abort(new Error("given up")),
    });
    await expect(start).rejects.toThrow("given up");
    expect(listens(dbPort)).toBe(false);
  });
});

Deno.test("Stack parts stop and start again where they were", async (test) => {
  await using state = await temporaryState();
  const stack = await startFixtureStack({ stateDir: state.dir });
  const things = () =>
    fetch(`${stack.apiUrl}/rest/v1/things?select=name`, {
      headers: { apikey: stack.keys.secret },
      signal: AbortSignal.timeout(5_000),
    });
  try {
    await test.step("while PostgreSQL is stopped, requests are answered with 503 at once", async () => {
      await stack.postgres.stop();
      const responses = await Promise.all(Array.from({ length: 20 }, things));
      for (const response of responses) {
        expect([response.status, (await response.json()).code]).toEqual([503, "PGRST001"]);
      }
      await stack.postgres.start();
      expect(await (await things()).json()).toEqual([{ name: "seeded" }]);
    });
    await test.step("while the API is stopped, requests are answered with 503", async () => {
      await stack.api.stop();
      const response = await things();
      expect([response.status, await response.json()])
        .toEqual([503, { message: "The API is stopped." }]);
      await stack.api.start();
      expect(await (await things()).json()).toEqual([{ name: "seeded" }]);
    });
    await test.step("while the stand-in is stopped, it refuses connections", async () => {
      await stack.bedrock.stop();
      await expect(fetch(stack.bedrockUrl)).rejects.toThrow();
      await stack.bedrock.start();
      await (await fetch(stack.bedrockUrl)).body?.cancel();
    });
  } finally {
    await stack.stop();
  }
});

Deno.test("openState() refuses a folder that holds other things", async () => {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  await Deno.writeTextFile(join(dir, "thesis.txt"), "years of work");
  await expect(startFixtureStack({ stateDir: dir, reset: true })).rejects.toThrow(
    `${dir} holds other things`,
  );
  expect([...Deno.readDirSync(dir)].map((entry) => entry.name)).toEqual(["thesis.txt"]);
  await Deno.remove(dir, { recursive: true });
});

async function query(url: string, statement: string): Promise<postgres.Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return [...await sql.unsafe(statement)];
  } finally {
    await sql.end();
  }
}

function listens(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return false;
  } catch {
    return true;
  }
}
