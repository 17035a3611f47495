/** What every turn and call pays for: functions in SQL are planned whenever they are called. */
import { expect } from "@std/expect";
import { anyDigest, createKey } from "../../support/api_keys.ts";
import { connect } from "../../support/connect.ts";
import { holdCall, holdTurn, smallDemand } from "../../support/held_runs.ts";
import { setLimit } from "../../support/limits.ts";
import { actAs, patient, serverPort, withDatabase } from "../../support/test_database.ts";
import { novaLite, novaPro } from "../../support/turns.ts";

const region = "eu-central-1";

Deno.test("a turn and a call run functions whose plans are kept, and none in language sql", async () => {
  await withDatabase(async ({ sql, as }) => {
    const [{ name } = {}] = await sql`select current_database() as name`;
    const limit = { amount: 1_000_000, period: "day" } as const;
    await setLimit(sql, { ...limit, scope: "project", unit: "usd" });
    await setLimit(sql, { ...limit, scope: "each_user", unit: "tokens" });
    await sql`update public.registry_settings set function_geographies = '{eu}'`;
    await sql`select public.start_rollout(${novaPro}, 50, 'health')`;
    const digest = anyDigest();
    const key = await createKey({ as }, digest, { assistant_type: "health" });
    await setLimit(sql, { ...limit, scope: "api_key", api_key_id: key.id, unit: "tokens" });

    // Only a superuser may have functions counted.
    const admin = connect({ port: serverPort(), user: "supabase_admin", database: name });
    try {
      await admin`set track_functions = 'all'`;
      const counted = { as: ((caller, run) => actAs(admin, caller, run)) as typeof as };
      const demand = { ...smallDemand, fallback: true };
      const turn = await holdTurn(counted, patient, demand, { functionRegion: region });
      await turn.complete({ model_id: novaLite });
      const call = await holdCall(counted, { kind: "api-key", digest }, demand, {
        function_region: region,
      });
      await call.complete();
      await admin`select pg_stat_force_next_flush()`;
      const called = await admin`
        select s.funcname as name, l.lanname as language
        from pg_stat_user_functions as s
        join pg_proc as p on p.oid = s.funcid
        join pg_language as l on l.oid = p.prolang
        order by 1`;
      const names = called.map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining(["begin_chat_turn", "complete_chat_turn", "begin_call", "needs_of"]),
      );
      expect(called.filter(({ language }) => language === "sql").map(({ name }) => name))
        .toEqual([]);
    } finally {
      await admin.end();
    }
  });
});
