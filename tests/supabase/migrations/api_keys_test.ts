/** API keys: who may write and read them, and what of them is recorded. */
import { expect } from "@std/expect";
import { anyDigest, beginWithKey, createKey, type StoredKey } from "../../support/api_keys.ts";
import {
  anon,
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { novaLite, novaPro } from "../../support/turns.ts";

const rotate = ({ as }: TestDatabase, id: string, digest: string, graceHours?: number) =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.rotate_api_key(
        p_id => ${id}, p_digest => ${digest}, p_prefix => 'bsk_rotate',
        p_grace_hours => ${graceHours ?? 0}, p_actor_key_name => 'deploys') as made`;
    return row!.made as { api_key: StoredKey; former: StoredKey; registry_version: number };
  });

const revoke = ({ as }: TestDatabase, id: string) =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.revoke_api_key(
        ${id}, p_actor_user_id => ${platformAdmin.userId!}, p_reason => 'it leaked') as revoked`;
    return row!.revoked as { api_key: StoredKey; registry_version: number };
  });

const list = ({ as }: TestDatabase) =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`select public.list_api_keys() -> 'api_keys' as keys`;
    return row!.keys as StoredKey[];
  });

/** Entries of the audit log on keys, as operators list them. */
const entries = ({ as }: TestDatabase) =>
  as(serviceRole, async (sql) => {
    const [row] = await sql`select public.list_model_switches() as entries`;
    return row!.entries.filter((entry: { action: string }) => entry.action.endsWith("api-key"));
  });

Deno.test("a key is stored with its scopes and its maker, and listed without its digest", async () => {
  await withDatabase(async (database) => {
    const digest = anyDigest();
    const scopes = {
      assistant_type: "clinical",
      models: [novaPro, "nova-lite"],
      dialects: ["openai"],
      expires_at: "2999-01-01T00:00:00Z",
      owner_id: platformAdmin.userId!,
    };
    const key = await createKey(database, digest, scopes, platformAdmin.userId);
    expect(key).toEqual({
      id: expect.any(String),
      name: "a client",
      prefix: "bsk_abc-_1",
      ...scopes,
      expires_at: "2999-01-01T00:00:00+00:00",
      grace_ends_at: null,
      revoked_at: null,
      replaces: null,
      created_by: platformAdmin.userId!,
      created_at: expect.any(String),
      last_used_on: null,
    });
    const plain = await createKey(database, anyDigest());
    expect(plain).toMatchObject({ assistant_type: null, created_by: "service_role" });
    expect(await list(database)).toEqual([plain, key]);
  });
});

Deno.test("a key that could open nothing is refused", async () => {
  await withDatabase(async (database) => {
    const detail = async (more: Record<string, string | string[]>, digest = anyDigest()) => {
      const error = await refused(createKey(database, digest, more));
      return error.detail ?? error.code;
    };
    expect(await detail({ assistant_type: "nobody" })).toBe("assistant_not_found");
    expect(await detail({ models: ["nova-pro", "gpt-7"] })).toBe("model_not_found");
    expect(await detail({ expires_at: "2020-01-01T00:00:00Z" })).toBe("invalid_request");
    expect(await detail({ models: [] })).toBe("23514");
    expect(await detail({ dialects: ["chat"] })).toBe("23514");
    expect(await detail({ prefix: "sk-ant-abc" })).toBe("23514");
    expect(await detail({ name: " " })).toBe("23514");
    expect(await detail({}, "abcd")).toBe("23514");
    expect(await list(database)).toEqual([]);
  });
});

Deno.test("a rotated key has the same scopes, and the former one ends after its time of grace", async () => {
  await withDatabase(async (database) => {
    const [first, second, third] = [anyDigest(), anyDigest(), anyDigest()] as const;
    const scopes = { assistant_type: "health", models: [novaLite], dialects: ["anthropic"] };
    const key = await createKey(database, first, scopes);
    const anthropic = { surface: "anthropic" };

    const made = await rotate(database, key.id, second, 0.5);
    expect(made.api_key).toMatchObject({
      ...scopes,
      prefix: "bsk_rotate",
      replaces: key.id,
      expires_at: null,
      created_by: "deploys",
    });
    const graceMs = Date.parse(made.former.grace_ends_at!) - Date.now();
    expect(graceMs).toBeGreaterThan(25 * 60_000);
    expect(graceMs).toBeLessThanOrEqual(30 * 60_000);
    expect(made.former.expires_at).toBeNull();
    for (const digest of [first, second]) {
      expect((await beginWithKey(database, digest, anthropic)).models).toEqual([novaLite]);
    }

    await rotate(database, made.api_key.id, third);
    expect((await beginWithKey(database, second, anthropic)).refused?.why).toBe("expired");
    expect((await beginWithKey(database, third, anthropic)).refused).toBeUndefined();
    expect((await refused(rotate(database, made.api_key.id, anyDigest()))).detail)
      .toBe("key_not_active");
    expect((await refused(rotate(database, key.id, anyDigest(), -1))).detail)
      .toBe("invalid_request");
    expect((await refused(rotate(database, crypto.randomUUID(), anyDigest()))).detail)
      .toBe("key_not_found");
  });
});

Deno.test("a key that follows another has its term, and not the end of its grace", async () => {
  await withDatabase(async (database) => {
    const [first, second, third] = [anyDigest(), anyDigest(), anyDigest()] as const;
    const expires_at = "2999-01-01T00:00:00+00:00";
    const { id } = await createKey(database, first, { expires_at });
    const one = await rotate(database, id, second, 24);
    expect(one.api_key).toMatchObject({ expires_at, grace_ends_at: null });
    expect(one.former).toMatchObject({ expires_at, grace_ends_at: expect.any(String) });

    // As long as its successor is valid, that one is to be rotated.
    const again = await refused(rotate(database, id, anyDigest(), 24));
    expect(again).toMatchObject({
      detail: "key_not_active",
      hint: expect.stringMatching(/successor/),
    });
    await revoke(database, one.api_key.id);
    const two = await rotate(database, id, third, 48);
    expect(two.api_key).toMatchObject({ expires_at, grace_ends_at: null, replaces: id });
    // Another rotation lengthens no time of grace.
    expect(two.former).toEqual(one.former);
    expect((await beginWithKey(database, third)).refused).toBeUndefined();

    await database.sql`
      update public.ai_api_keys set grace_ends_at = now() where id = ${id}`;
    expect((await beginWithKey(database, first)).refused?.why).toBe("expired");
    expect((await refused(rotate(database, id, anyDigest()))).detail).toBe("key_not_active");
    await database.sql`
      update public.ai_api_keys set grace_ends_at = now() + interval '1 hour', expires_at = now()
      where id = ${id}`;
    expect((await beginWithKey(database, first)).refused?.why).toBe("expired");
  });
});

Deno.test("of two rotations at once one is refused, and the other's key is valid", async () => {
  await withDatabase(async (database) => {
    for (const graceHours of [0, 1]) {
      const digests = [anyDigest(), anyDigest()] as const;
      const { id } = await createKey(database, anyDigest());
      const error = await refused(
        database.session().begin(async (transaction) => {
          // Its time is that of its beginning, before the other one ends the former key.
          await transaction`select now()`;
          await rotate(database, id, digests[0], graceHours);
          await transaction`
          select public.rotate_api_key(${id}, ${digests[1]}, 'bsk_rotate', ${graceHours})`;
        }),
      );
      expect(error.detail).toBe("key_not_active");
      expect((await beginWithKey(database, digests[0])).refused).toBeUndefined();
      expect((await beginWithKey(database, digests[1])).refused?.why).toBe("unknown");
    }

    const { id } = await createKey(database, anyDigest());
    const late = await refused(
      database.session().begin(async (transaction) => {
        await transaction`select now()`;
        await database.sql`
        update public.ai_api_keys set expires_at = clock_timestamp() where id = ${id}`;
        await transaction`select public.rotate_api_key(${id}, ${anyDigest()}, 'bsk_rotate', 1)`;
      }),
    );
    expect(late.detail).toBe("key_not_active");
  });
});

Deno.test("a revoked key is dead with the next call and stays so, revoked by function or by SQL", async () => {
  await withDatabase(async (database) => {
    const [ours, studios] = [anyDigest(), anyDigest()] as const;
    const key = await createKey(database, ours);
    await createKey(database, studios, { name: "by SQL" });
    expect((await beginWithKey(database, ours)).api_key_id).toBe(key.id);

    const { api_key: revoked, registry_version } = await revoke(database, key.id);
    expect(revoked.revoked_at).not.toBeNull();
    expect((await beginWithKey(database, ours)).refused)
      .toEqual({ why: "revoked", api_key_id: key.id, assistant_type: null });
    // Once more is no change.
    expect(await revoke(database, key.id)).toEqual({ api_key: revoked, registry_version });
    expect((await refused(revoke(database, crypto.randomUUID()))).detail).toBe("key_not_found");
    expect((await refused(rotate(database, key.id, anyDigest()))).detail).toBe("key_not_active");

    await database.sql`update public.ai_api_keys set revoked_at = now() where name = 'by SQL'`;
    expect((await beginWithKey(database, studios)).refused?.why).toBe("revoked");
  });
});

Deno.test("no SQL revives a revoked key, or makes a row that of another key", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const digests = [anyDigest(), anyDigest()] as const;
    const ended = await createKey(database, digests[0], { name: "ended" });
    await createKey(database, digests[1], { name: "open" });
    const { api_key: revoked } = await revoke(database, ended.id);
    const before = await entries(database);
    for (
      const change of [
        "revoked_at = null where name = 'ended'",
        "revoked_at = now() + interval '1 day' where name = 'ended'",
        "key_hash = sha256('another') where name = 'open'",
        "prefix = 'bsk_123456' where name = 'open'",
      ]
    ) {
      const error = await refused(sql.unsafe(`update public.ai_api_keys set ${change}`));
      expect(error.code).toBe("42501");
      expect(error.message).toContain("bsk_abc-_1");
    }
    // Other terms of it change, and to write what is there already is no change.
    await sql`update public.ai_api_keys
      set name = 'renamed', revoked_at = revoked_at, prefix = prefix where id = ${ended.id}`;
    expect((await beginWithKey(database, digests[0])).refused?.why).toBe("revoked");
    expect((await list(database)).find(({ id }) => id === ended.id))
      .toEqual({ ...revoked, name: "renamed" });
    expect((await beginWithKey(database, digests[1])).refused).toBeUndefined();
    expect((await entries(database)).length).toBe(before.length);
  });
});

Deno.test("every change of a key is in the audit log with its actor, and rolled back by none", async () => {
  await withDatabase(async (database) => {
    const key = await createKey(
      database,
      anyDigest(),
      { assistant_type: "clinical" },
      platformAdmin.userId,
    );
    const { api_key: next } = await rotate(database, key.id, anyDigest());
    await revoke(database, next.id);
    const third = await createKey(database, anyDigest());
    await database.sql`update public.ai_api_keys set revoked_at = now() where id = ${third.id}`;

    expect(await entries(database)).toEqual([
      { action: "revoke-api-key", source: "sql", database_role: "postgres", actor_proven: true },
      { action: "create-api-key", source: "api", database_role: "service_role" },
      {
        action: "revoke-api-key",
        actor_user_id: platformAdmin.userId!,
        reason: "it leaked",
        from: { ...next, revoked_at: null },
        to: { id: next.id, revoked_at: expect.any(String) },
      },
      {
        action: "rotate-api-key",
        actor_key_name: "deploys",
        assistant_type: "clinical",
        from: null,
        to: { id: next.id, replaces: key.id },
      },
      { action: "create-api-key", actor_user_id: platformAdmin.userId!, to: { id: key.id } },
    ].map((entry) => expect.objectContaining(withoutUse(entry))));

    const [{ next: back }] = await database
      .sql`select public.next_rollback() as next` as unknown as [
        { next: unknown },
      ];
    expect(back).toBeNull();
    const [{ verified }] = await database.sql`
      select public.verify_model_switches() -> 'ok' as verified` as unknown as [
      { verified: boolean },
    ];
    expect(verified).toBe(true);
  });
});

Deno.test("the audit log is searched for a key by its id, name and first characters", async () => {
  await withDatabase(async (database) => {
    const key = await createKey(database, anyDigest());
    const other = await createKey(database, anyDigest(), { name: "Another" });
    await rotate(database, key.id, anyDigest(), 1);
    await revoke(database, key.id);
    const found = (text: string) =>
      database.as(serviceRole, async (sql) => {
        const [row] = await sql`select public.list_model_switches(p_search => ${text}) as entries`;
        return row!.entries.map(({ action }: { action: string }) => action);
      });
    // The new key names the one that it takes the place of.
    expect(await found(key.id))
      .toEqual(["revoke-api-key", "update", "rotate-api-key", "create-api-key"]);
    for (const text of ["Another", other.id]) {
      expect(await found(text)).toEqual(["create-api-key"]);
    }
    expect(await found("bsk_")).toHaveLength(5);
  });
});

/** The log holds rows without the day of use. */
function withoutUse(entry: Record<string, unknown>): Record<string, unknown> {
  const parts = ["from", "to"].filter((side) => entry[side] instanceof Object).map((side) => {
    const { last_used_on: _, ...row } = entry[side] as Record<string, unknown>;
    return [side, expect.objectContaining(row)];
  });
  return { ...entry, ...Object.fromEntries(parts) };
}

Deno.test("the digest of a key is in no answer, entry or error, and no role can read it", async () => {
  await withDatabase(async (database) => {
    const { as, sql } = database;
    const digest = anyDigest();
    const key = await createKey(database, digest);
    const twice = await refused(createKey(database, digest));
    expect(twice.code).toBe("23505");
    const unnamed = await refused(createKey(database, digest, { name: "" }));
    expect(unnamed.code).toBe("23514");
    const { api_key: next, former } = await rotate(database, key.id, anyDigest());
    await revoke(database, next.id);
    await sql`update public.ai_api_keys set name = 'renamed' where id = ${key.id}`;
    await sql`delete from public.ai_api_keys where id = ${key.id}`;

    const log = await sql`select to_jsonb(ms) as entry from public.model_switches as ms`;
    const told = [
      key,
      next,
      former,
      await list(database),
      await entries(database),
      ...[twice, unnamed].flatMap(({ message, detail, where }) => [message, detail, where]),
      ...log,
    ];
    expect(JSON.stringify(told)).not.toContain(digest);
    expect(JSON.stringify(told)).not.toContain('"key_hash"');
    expect(log.map(({ entry }) => entry.action)).toContain("delete");
    for (const caller of [anon, patient, platformAdmin, serviceRole]) {
      expect(await refusal(as(caller, (call) => call`select key_hash from public.ai_api_keys`)))
        .toBe("42501");
    }
  });
});

Deno.test("only platform admins see the keys, and none writes them but the functions", async () => {
  await withDatabase(async (database) => {
    const key = await createKey(database, anyDigest());
    const seen = (caller: typeof patient) =>
      database.as(caller, async (sql) => [...await sql`select id from public.ai_api_keys`]);
    expect(await seen(platformAdmin)).toEqual([{ id: key.id }]);
    expect(await seen(patient)).toEqual([]);
    for (const caller of [anon, patient, platformAdmin, serviceRole]) {
      expect(
        await refusal(database.as(caller, (sql) =>
          sql`
          update public.ai_api_keys set revoked_at = null`)),
      ).toBe("42501");
    }
    for (const caller of [anon, patient, platformAdmin]) {
      for (const call of ["list_api_keys()", `revoke_api_key('${key.id}')`]) {
        expect(await refusal(database.as(caller, (sql) => sql.unsafe(`select public.${call}`))))
          .toBe("42501");
      }
    }
  });
});
