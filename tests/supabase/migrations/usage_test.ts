/** Figures about use, as operators read them from the messages in SQL. */
import { expect } from "@std/expect";
import {
  clinician,
  patient,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { converse, novaLite, novaPro } from "../../support/turns.ts";

/** Three answers and a failure of Nova Lite in two conversations, one answer of Nova Pro. */
async function useModels(database: TestDatabase): Promise<void> {
  const lite = { model: novaLite, tokens: [1_000_000, 500_000, 0, 0] };
  const { conversationId } = await converse(database, patient, "1", undefined, {
    ...lite,
    responseTimeMs: 100,
  });
  await converse(database, patient, "2", conversationId, {
    ...lite,
    responseTimeMs: 200,
  });
  await converse(database, clinician, "3", undefined, {
    ...lite,
    responseTimeMs: 600,
  });
  await converse(database, clinician, "4", undefined, {
    model: novaLite,
    status: "failed",
    content: "",
    tokens: [null, null, null, null],
  });
  await converse(database, clinician, "5", undefined, {
    model: novaPro,
    tokens: [2_000_000, 0, 0, 0],
    responseTimeMs: 50,
  });
}

// Queries that operators paste into the SQL editor.

Deno.test("operators count the use of each model over 24 hours in SQL", async () => {
  await withDatabase(async (database) => {
    await useModels(database);
    const rows = await database.sql.unsafe(`
      SELECT
        model_used,
        COUNT(*) AS message_count,
        COUNT(DISTINCT conversation_id) AS conversation_count,
        AVG(response_time_ms) AS avg_response_time
      FROM ai_messages
      WHERE created_at > NOW() - INTERVAL '24 hours' AND model_used IS NOT NULL
      GROUP BY model_used
      ORDER BY message_count DESC;`);
    expect(
      rows.map((row) => ({
        ...row,
        avg_response_time: Number(row.avg_response_time),
      })),
    )
      .toEqual([
        {
          model_used: novaLite,
          message_count: "4",
          conversation_count: "3",
          avg_response_time: 300,
        },
        {
          model_used: novaPro,
          message_count: "1",
          conversation_count: "1",
          avg_response_time: 50,
        },
      ]);
  });
});

Deno.test("operators compute the cost of each model in SQL, as stored with the answers", async () => {
  await withDatabase(async (database) => {
    await useModels(database);
    const rows = await database.sql.unsafe(`
      SELECT
        bm.model_name,
        SUM(am.input_tokens / 1000000.0 * bm.input_cost_per_mtok) AS input_cost,
        SUM(am.output_tokens / 1000000.0 * bm.output_cost_per_mtok) AS output_cost,
        SUM(am.cost_usd) AS stored_cost
      FROM ai_messages am
      JOIN bedrock_models bm ON am.model_used = bm.model_id
      WHERE am.created_at > NOW() - INTERVAL '24 hours'
      GROUP BY bm.model_name
      ORDER BY bm.model_name;`);
    expect(
      rows.map((row) => Object.values(row).map((value) => Number(value) || value)),
    )
      .toEqual([
        ["Amazon Nova Lite", 0.234, 0.468, 0.702],
        ["Amazon Nova Pro", 2.1, expect.stringMatching(/^0\.?0*$/), 2.1],
      ]);
  });
});

Deno.test("operators see mean and standard deviation of the response time over 7 days", async () => {
  await withDatabase(async (database) => {
    await useModels(database);
    const [row] = await database.sql.unsafe(`
      SELECT
        model_used,
        AVG(response_time_ms) AS mean_ms,
        STDDEV(response_time_ms) AS stddev_ms
      FROM ai_messages
      WHERE created_at > NOW() - INTERVAL '7 days' AND response_time_ms IS NOT NULL
      GROUP BY model_used
      ORDER BY mean_ms DESC;`);
    expect(row?.model_used).toBe(novaLite);
    expect(Number(row?.mean_ms)).toBe(300);
    // Of 100, 200 and 600: the square root of 70,000.
    expect(Number(row?.stddev_ms)).toBeCloseTo(264.575, 3);
  });
});
