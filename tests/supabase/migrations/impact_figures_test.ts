/** impact_figures(): what a change would cost, and the conversations that it concerns. */
import { expect } from "@std/expect";
import {
  clinician,
  otherPatient,
  patient,
  type Session,
  withDatabase,
} from "../../support/test_database.ts";
import { converse, novaLite, novaMicro, novaPro, sonnet35 } from "../../support/turns.ts";

interface Move {
  readonly assistant_type: string;
  readonly from_model_id: string;
  readonly to: string | null;
}

async function figures(sql: Session, moves: readonly Move[], modelIds: readonly string[] = []) {
  const rows = new Map(
    (await sql`select bm.model_id, to_jsonb(bm) as row from public.bedrock_models as bm`)
      .map(({ model_id, row }) => [model_id, row]),
  );
  const p_moves = moves.map(({ to, ...move }) => ({
    ...move,
    to_model: to === null ? null : rows.get(to),
  }));
  const [row] = await sql`
    select public.impact_figures(${sql.json(p_moves)}, ${modelIds as string[]}) as figures`;
  return row?.figures;
}

const health = { assistant_type: "health", from_model_id: novaLite };

Deno.test("impact_figures() prices each move's tokens at the other model's prices, to the last digit", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    // At 0.078 and 0.312 USD per million; the third is another assistant's.
    await converse(database, patient, "one", undefined, { tokens: [1000, 100, 40, 0] });
    await converse(database, otherPatient, "two", undefined, { tokens: [3, 1] });
    await converse(database, clinician, "three", undefined, { tokens: [9, 9] });
    const both = { ...health, assistant_type: "clinical" };
    const { cost, moves } = await figures(sql, [{ ...health, to: novaPro }]);
    // 1003 × 1.05, 101 × 4.20 and 40 × 0.2625.
    expect(cost).toEqual({
      turns: 2,
      unpriced: 0,
      actual_usd: 0.000110526,
      what_if_usd: 0.00148785,
      difference_usd: 0.001377324,
    });
    expect(moves).toEqual([{ ...health, turns: 2 }]);

    const two = await figures(sql, [{ ...health, to: novaPro }, { ...both, to: null }]);
    expect(two.cost).toEqual(cost);
    expect(two.moves).toEqual([{ ...both, turns: 1 }, { ...health, turns: 2 }]);
    const none = await figures(sql, [{ ...health, from_model_id: novaMicro, to: novaPro }]);
    expect(none.cost).toEqual({
      turns: 0,
      unpriced: 0,
      actual_usd: 0,
      what_if_usd: 0,
      difference_usd: 0,
    });
    expect((await figures(sql, [])).cost).toEqual(none.cost);
  });
});

Deno.test("impact_figures() agrees with what_if_report(), also on cached tokens and long prompts", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    for (const tokens of [[70_000, 10, 40_000, 7], [90_000, 10], [100_001, 1], [5, 5, 5, 5]]) {
      await converse(database, patient, "a question", undefined, { tokens });
    }
    const haiku = "eu.anthropic.claude-haiku-5-5";
    for (const to of [haiku, novaPro, novaMicro]) {
      const { cost } = await figures(sql, [{ ...health, to }]);
      const [row] = await sql`
        select public.what_if_report(${to}, now() - interval '30 days', now()) as report`;
      const { turns, unpriced, actual_usd, what_if_usd, difference_usd } = row?.report;
      expect(cost).toEqual({ turns, unpriced, actual_usd, what_if_usd, difference_usd });
    }
    const [without] = await sql`
      select switchboard.cost_of_tokens(switchboard.price_of_sums(to_jsonb(bm)), 260006, 26, 40005, 12, 0)
        ::float8 as usd
      from public.bedrock_models as bm where bm.model_id = ${haiku}`;
    expect((await figures(sql, [{ ...health, to: haiku }])).cost.what_if_usd)
      .toBeGreaterThan(without?.usd);
  });
});

Deno.test("impact_figures() does not guess a cost without a price, and counts what has none", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    await sql`update public.bedrock_models set output_cost_per_mtok = null where model_id = ${novaLite}`;
    await converse(database, patient, "one");
    const priced = await figures(sql, [{ ...health, to: novaPro }]);
    expect(priced.cost).toMatchObject({ turns: 1, unpriced: 1, actual_usd: 0 });
    expect(priced.cost.what_if_usd).toBeGreaterThan(0);
    await sql`update public.bedrock_models set input_cost_per_mtok = null where model_id = ${novaPro}`;
    const { cost } = await figures(sql, [{ ...health, to: novaPro }]);
    expect([cost.what_if_usd, cost.difference_usd]).toEqual([null, null]);
  });
});

Deno.test("impact_figures() counts calls and pinned conversations by assistant and model", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const begun = await converse(database, patient, "one");
    await converse(database, patient, "again", begun.conversationId);
    const old = await converse(database, otherPatient, "two");
    await converse(database, clinician, "three");
    await converse(database, clinician, "four", undefined, { model: sonnet35 });
    await sql`alter table public.ai_conversations disable trigger touch_updated_at`;
    await sql`
      update public.ai_conversations set updated_at = now() - interval '31 days'
      where id = ${old.conversationId}`;
    const { pinned, used } = await figures(sql, [], [novaLite, novaPro]);
    expect(pinned).toEqual([
      { assistant_type: "clinical", model_id: novaLite, conversations: 1, recent: 1 },
      { assistant_type: "health", model_id: novaLite, conversations: 2, recent: 1 },
    ]);
    expect(used).toEqual([
      { assistant_type: "clinical", model_id: novaLite, turns: 1 },
      { assistant_type: "health", model_id: novaLite, turns: 3 },
    ]);
  });
});
