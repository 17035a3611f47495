/** Calls: who may begin one, as whom, and what is entered when it ends. */
import { expect } from "@std/expect";
import {
  anyDigest,
  beginCall,
  beginWithKey,
  completeCall,
  createKey,
} from "../../support/api_keys.ts";
import {
  anon,
  clinician,
  patient,
  platformAdmin,
  refusal,
  refused,
  serviceRole,
  withDatabase,
} from "../../support/test_database.ts";
import { converse, novaLite, novaPro } from "../../support/turns.ts";

const asUser = (userId: string, more = {}) => ({
  kind: "user",
  user_id: userId,
  session_id: null,
  is_anonymous: false,
  ...more,
});

Deno.test("a call begins with its caller's scope and the registry's version, and writes nothing", async () => {
  await withDatabase(async (database) => {
    const [version] = await database.sql`
      select version::int as registry_version, encode(last_switch_hash, 'hex') as registry_hash
      from public.registry_version`;
    const begun = {
      api_key_id: null,
      assistant_type: null,
      models: null,
      is_operator: false,
      user_hash: null,
      client_hash: null,
      begun_at: expect.any(String),
      begun_xmin: expect.stringMatching(/^\d+$/),
      budget: null,
      ...version!,
    };
    const userHash = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(await beginCall(database, { kind: "service" })).toEqual({ ...begun, is_operator: true });
    expect(await beginCall(database, asUser(patient.userId!)))
      .toEqual({ ...begun, assistant_type: "health", user_hash: userHash });
    expect(await beginCall(database, asUser(clinician.userId!)))
      .toMatchObject({ assistant_type: "clinical", is_operator: false });
    expect(await beginCall(database, asUser(platformAdmin.userId!)))
      .toMatchObject({ assistant_type: "platform", is_operator: true });
    expect(await database.sql`select from public.ai_usage`).toHaveLength(0);
  });
});

Deno.test("a key is refused where it is unknown, out of its dialect, expired, or its assistant sleeps", async () => {
  await withDatabase(async (database) => {
    const [digest, bound] = [anyDigest(), anyDigest()] as const;
    const why = async (key: string, surface = "openai") =>
      (await beginWithKey(database, key, { surface })).refused?.why;
    expect((await beginWithKey(database, digest)).refused)
      .toEqual({ why: "unknown", api_key_id: null, assistant_type: null });

    const key = await createKey(database, digest, {
      dialects: ["anthropic"],
      models: ["nova-pro"],
    });
    expect(await why(digest)).toBe("dialect");
    expect(await beginWithKey(database, digest, { surface: "anthropic" }))
      .toMatchObject({ api_key_id: key.id, models: ["nova-pro"], user_hash: null });
    await database.sql`
      update public.ai_api_keys set expires_at = now() where id = ${key.id}`;
    expect(await why(digest, "anthropic")).toBe("expired");

    await createKey(database, bound, { assistant_type: "clinical" });
    expect((await beginWithKey(database, bound)).assistant_type).toBe("clinical");
    await database.sql`
      update public.ai_assistants set is_active = false where assistant_type = 'clinical'`;
    expect((await beginWithKey(database, bound)).refused)
      .toMatchObject({ why: "assistant_inactive", assistant_type: "clinical" });
  });
});

Deno.test("a user is refused as in a turn", async () => {
  await withDatabase(async (database) => {
    const detail = async (caller: Parameters<typeof beginCall>[1]) =>
      (await refused(beginCall(database, caller))).detail;
    expect(await detail(asUser(crypto.randomUUID()))).toBe("invalid_credentials");
    expect(await detail(asUser(patient.userId!, { session_id: crypto.randomUUID() })))
      .toBe("invalid_credentials");
    expect(await detail(asUser(patient.userId!, { is_anonymous: true }))).toBe("forbidden");
    await database.sql`
      update public.ai_assistants set is_active = false where assistant_type = 'clinical'`;
    expect(await detail(asUser(clinician.userId!))).toBe("assistant_inactive");
    expect(await refusal(beginCall(database, { kind: "nobody" }))).toBe("22023");
    for (const caller of [anon, patient, platformAdmin]) {
      for (const name of ["begin_call", "complete_call"]) {
        expect(
          await refusal(database.as(caller, (sql) => sql.unsafe(`select public.${name}('{}')`))),
        )
          .toBe("42501");
      }
    }
  });
});

Deno.test("the day of a key's use is noted once a day, and waits for no operator", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const digest = anyDigest();
    const { id } = await createKey(database, digest);
    const state = async () => {
      const [row] = await sql`
        select
          last_used_on = (now() at time zone 'UTC')::date as today, k.xmin::text as written,
          (select version::int from public.registry_version) as version
        from public.ai_api_keys as k where id = ${id}`;
      return row!;
    };
    const before = await state();

    // An operator's transaction that was left open holds the registry and the key.
    const operator = database.session();
    await operator.begin(async (transaction) => {
      await transaction`update public.ai_api_keys set name = 'held' where id = ${id}`;
      expect((await beginWithKey(database, digest)).api_key_id).toBe(id);
      expect((await state()).today).toBeNull();
    });

    await beginWithKey(database, digest);
    const noted = await state();
    expect(noted).toMatchObject({ today: true, version: before.version + 1 });
    await beginWithKey(database, digest);
    expect(await state()).toEqual(noted);
  });
});

Deno.test("hashes tell users and labels apart, are the same in calls and turns, and hold neither", async () => {
  await withDatabase(async (database) => {
    const label = { client_label: patient.userId! };
    const first = await beginCall(database, asUser(patient.userId!), label);
    const again = await beginCall(database, asUser(patient.userId!), { client_label: "other" });
    const other = await beginCall(database, asUser(clinician.userId!), label);
    expect(again.user_hash).toBe(first.user_hash);
    const labelled = await beginCall(database, asUser(patient.userId!), label);
    expect(labelled.client_hash).toBe(first.client_hash);
    const hashes = [
      ...[first.user_hash, other.user_hash],
      ...[first.client_hash, again.client_hash, other.client_hash],
    ];
    expect(new Set(hashes).size).toBe(5);

    await converse(database, patient, "1");
    const [row] = await database.sql`select user_hash, surface, client_hash from public.ai_usage`;
    expect(row).toEqual({ user_hash: first.user_hash, surface: "chat", client_hash: null });

    // Another project has another key, and so other hashes.
    await database.sql`update switchboard.ledger_hash_key set secret = sha256('another')`;
    expect((await beginCall(database, asUser(patient.userId!))).user_hash)
      .not.toBe(first.user_hash);
    for (const caller of [anon, patient, platformAdmin, serviceRole]) {
      for (
        const read of [
          "select secret from switchboard.ledger_hash_key",
          "select switchboard.keyed_hash('user', '')",
        ]
      ) {
        expect(await refusal(database.as(caller, (sql) => sql.unsafe(read)))).toBe("42501");
      }
    }
    expect(await refusal(database.sql`delete from switchboard.ledger_hash_key`)).toBe("42501");
  });
});

Deno.test("a label has another hash under each key, user and the secret keys", async () => {
  await withDatabase(async (database) => {
    const digests = [anyDigest(), anyDigest()] as const;
    const label = { client_label: "user-1" };
    for (const digest of digests) await createKey(database, digest);
    const callers = [
      ...digests.map((digest) => ({ kind: "api-key", digest })),
      asUser(patient.userId!),
      { kind: "service" },
    ];
    const hashes: (string | null)[] = [];
    for (const caller of callers) {
      const { client_hash } = await beginCall(database, caller, label);
      expect(client_hash).toMatch(/^[0-9a-f]{32}$/);
      expect((await beginCall(database, caller, label)).client_hash).toBe(client_hash);
      expect((await beginCall(database, caller)).client_hash).toBeNull();
      hashes.push(client_hash);
    }
    expect(new Set(hashes).size).toBe(callers.length);
  });
});

Deno.test("a call is entered once, at its model's price, with every call that is billed", async () => {
  await withDatabase(async (database) => {
    const digest = anyDigest();
    const key = await createKey(database, digest);
    const begun = await beginWithKey(database, digest, { client_label: "a label" });
    const id = crypto.randomUUID();
    const unanswered_calls = [{
      model_id: novaPro,
      error_code: "bedrock_timeout",
      input_tokens: 1_000_000,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      usage_estimated: true,
    }];
    const end = { id, client_retries: 2 };
    // The second one waits for the first; neither a failure nor an answer follows an answer.
    const costs = await Promise.all([
      completeCall(database, begun, { unanswered_calls }, end),
      completeCall(database, begun, { unanswered_calls }, end),
    ]);
    costs.push(await completeCall(database, begun, { status: "failed", input_tokens: null }, end));
    expect(costs).toEqual([1.05, 1.05, 1.05]);

    const rows = await database.sql`
      select question_id, attempt, purpose, surface, status, assistant_type, api_key_id, user_hash,
        client_hash, client_retries, conversation_id, message_id, begins_conversation,
        begun_xmin::text, cost_usd::float8 as cost, price_id is not null as priced,
        begun_at = ${begun.begun_at}::text::timestamptz as begun, ended_at >= begun_at as ended
      from public.ai_usage order by id`;
    const common = {
      question_id: id,
      attempt: 1,
      purpose: "call",
      surface: "openai",
      assistant_type: null,
      api_key_id: key.id,
      user_hash: null,
      client_hash: begun.client_hash,
      conversation_id: null,
      message_id: null,
      begins_conversation: false,
      begun_xmin: begun.begun_xmin,
      cost: 1.05,
      priced: true,
      begun: true,
      ended: true,
    };
    expect([...rows]).toEqual([
      { ...common, status: "complete", client_retries: 2 },
      { ...common, status: "unanswered", client_retries: null },
    ]);
    expect(await database.sql`select from public.ai_messages`).toHaveLength(0);
  });
});

Deno.test("a call that has not ended, or comes from nowhere, is not entered", async () => {
  await withDatabase(async (database) => {
    const begun = await beginCall(database, { kind: "service" });
    expect(await refusal(completeCall(database, begun, { status: "unanswered" }))).toBe("22023");
    expect(await refusal(completeCall(database, begun, {}, { surface: "chat" }))).toBe("23514");
    expect(await refusal(completeCall(database, begun, {}, { surface: "grpc" }))).toBe("23514");
    // What the record of a run holds besides its figures is no column of the ledger.
    await completeCall(database, begun, { api_key_id: crypto.randomUUID(), purpose: "trial" });
    expect([...await database.sql`select purpose, api_key_id from public.ai_usage`])
      .toEqual([{ purpose: "call", api_key_id: null }]);
  });
});

Deno.test("explain_turn() tells the facts of a call by its id", async () => {
  await withDatabase(async (database) => {
    const id = crypto.randomUUID();
    const begun = await beginCall(database, { kind: "service" });
    const unanswered_calls = [{ model_id: novaLite, error_code: "bedrock_timeout" }];
    await completeCall(database, begun, { unanswered_calls }, { id });
    const explain = (wanted: string) =>
      database.as(serviceRole, async (sql) => {
        const [row] = await sql`select public.explain_turn(p_request_id => ${wanted}) as facts`;
        return row!.facts;
      });
    expect(await explain(id)).toMatchObject({
      request_id: id,
      message_id: null,
      conversation_id: null,
      assistant_type: null,
      status: "complete",
      model_id: novaPro,
      registry_version: begun.registry_version,
      pin_known: true,
      content: null,
      calls: [{ model_id: novaLite, error_code: "bedrock_timeout" }],
    });
    expect((await refused(explain(crypto.randomUUID()))).detail).toBe("turn_not_found");
  });
});

Deno.test("a call counts as a turn in reports, without an assistant under null", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await converse(database, patient, "1", undefined, { model: novaPro, responseTimeMs: 100 });
    await sql`
      update public.bedrock_models set is_default = true where model_id = ${novaLite}`;
    const service = await beginCall(database, { kind: "service" });
    await completeCall(database, service);
    await completeCall(database, service, { status: "failed", error_code: "bedrock_timeout" });
    const user = await beginCall(database, asUser(patient.userId!));
    await completeCall(database, user, { model_id: novaLite }, { surface: "anthropic" });

    const [row] = await sql`
      select
        public.usage_report(t.from_at, t.to_at, 'total') as usage,
        public.cost_report(t.from_at, t.to_at, 'total') -> 'month' -> 'by_assistant' as assistants,
        public.performance_report(t.from_at, t.to_at, 'hour') -> 'rows' as performance,
        public.what_if_report(${novaLite}, t.from_at, t.to_at) -> 'turns' as what_if,
        public.switch_effect_report(t.from_at, t.to_at) -> 'switches' -> 0 as switch,
        public.metrics_report() as metrics
      from (select now() - interval '1 hour' as from_at, now() + interval '1 minute' as to_at) as t`;
    expect(row!.usage.totals)
      .toMatchObject({ turns: 4, complete: 3, failed: 1, conversations: 1, trials: 0 });
    expect(row!.usage.rows.map((r: Record<string, unknown>) => [r.assistant_type, r.turns]))
      .toEqual([["health", 1], ["health", 1], [null, 2]]);
    expect(row!.assistants.map((r: Record<string, unknown>) => r.assistant_type).sort())
      .toEqual(["health", null]);
    expect(row!.performance.reduce((sum: number, r: { answers: number }) => sum + r.answers, 0))
      .toBe(3);
    expect(row!.what_if).toBe(4);
    expect(row!.switch.convergence).toMatchObject({ answers: 3, older: 0 });
    expect(row!.switch.after.turns).toBe(1);
    expect(row!.metrics.turns).toContainEqual({
      model_id: novaPro,
      assistant_type: "none",
      status: "failed",
      count: 1,
    });

    // Summed up, the day says the same.
    await sql`alter table public.ai_usage disable trigger refuse_change`;
    await sql`update public.ai_usage set begun_at = begun_at - interval '3 days',
      ended_at = ended_at - interval '3 days'`;
    const figures = () =>
      sql`
      select assistant_type, model_id, turns::int, trials::int, cost_usd::float8
      from public.usage_figures(now() - interval '5 days', now(), 'total') order by 1, 2`;
    const before = await figures();
    await sql`select public.roll_up_usage()`;
    expect(await sql`select from public.ai_usage_days`).toHaveLength(3);
    expect([...await figures()]).toEqual([...before]);
  });
});
