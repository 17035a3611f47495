/**
 * `deno task bench:caching`: the cost of a long conversation with and without prompt caching, at the
 * first rows' prices.
 */
import type postgres from "postgres";
import { ModelCatalog } from "../../stand-in/models/model_catalog.ts";
import { servedModels } from "../../stand-in/models/served_models.ts";
import { type Model, modelSchema } from "../../supabase/functions/_shared/registry/model.ts";
import { startBenchStack } from "../processes/running_stack.ts";
import { table } from "../results/table.ts";
import { type Conversation, countCalls, type CountedCall } from "./conversation.ts";

const conversation: Conversation = {
  turns: 20,
  systemPrompt: 24_000,
  question: 400,
  answer: 1_200,
  seconds: 60,
};

/** The region whose profiles the first rows name. */
const catalog = new ModelCatalog(servedModels, "eu-central-1");

const stack = await startBenchStack();
try {
  const rows = await stack.sql<{ row: unknown }[]>`
    select to_jsonb(bm) as row from public.bedrock_models as bm
    where bm.capabilities ? 'caching' order by bm.priority`;
  const lines: string[][] = [];
  for (const { row } of rows) {
    lines.push(await compare(stack.sql, modelSchema.loose().parse(row)));
  }
  console.log(
    table(
      ["model", "input tokens", "read", "written", "without, USD", "with, USD", "saved"],
      lines,
    ).join("\n"),
  );
} finally {
  await stack.stop();
}

/** One line of the table. */
async function compare(sql: postgres.Sql, model: Model): Promise<string[]> {
  const { caching, ...uncachedCapabilities } = model.capabilities;
  if (caching === undefined) throw new Error(`${model.model_id} caches nothing.`);
  const uncached = { ...model, capabilities: uncachedCapabilities };
  const cached = {
    ...model,
    capabilities: { ...model.capabilities, caching: { ...caching, automatic: true } },
  };
  const served = catalog.resolve(model.model_id, "Converse");
  const without = countCalls(uncached, served, conversation);
  const withCache = countCalls(cached, served, conversation);
  const [costWithout, costWith] = [
    await costOf(sql, model.model_id, without),
    await costOf(sql, model.model_id, withCache),
  ];
  const saved = costWithout === null || costWith === null ? null : 1 - costWith / costWithout;
  return [
    `${model.model_name}${caching.automatic ? "" : " (only if asked)"}`,
    tokens(sum(without, "input")),
    tokens(sum(withCache, "read")),
    tokens(sum(withCache, "write")),
    dollars(costWithout),
    dollars(costWith),
    saved === null ? "not known" : `${Math.round(saved * 100)} %`,
  ];
}

/** What the ledger would say of the calls, together; null: a price is not known. */
async function costOf(
  sql: postgres.Sql,
  modelId: string,
  calls: readonly CountedCall[],
): Promise<number | null> {
  const costs = await Promise.all(calls.map(async (call) => {
    const [row] = await sql<{ cost: number | null }[]>`
      select switchboard.cost_of_tokens(
        mp, ${call.input}, ${call.output}, ${call.read}, ${call.write}, ${call.writeForAnHour}
      )::float8 as cost
      from public.model_prices as mp
      where mp.model_id = ${modelId} and mp.valid_to is null`;
    return row?.cost ?? null;
  }));
  return costs.reduce<number | null>(
    (total, cost) => total === null || cost === null ? null : total + cost,
    0,
  );
}

function sum(calls: readonly CountedCall[], figure: keyof CountedCall): number {
  return calls.reduce((total, call) => total + call[figure], 0);
}

function tokens(count: number): string {
  return count.toLocaleString("en");
}

function dollars(cost: number | null): string {
  return cost === null ? "not known" : cost.toFixed(4);
}
