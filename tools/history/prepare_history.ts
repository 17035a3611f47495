import type postgres from "postgres";
import type { AssistantRow, ModelRow } from "./cast.ts";
import { type Manner, manners } from "./assistants.ts";
import { phrases } from "./phrases.ts";
import { planDays, startOfHistory } from "./plan_days.ts";
import { cumulate, hourShares } from "./rhythm.ts";
import { type Story, tellStory } from "./story.ts";

/** What is to be generated. The same plan on the same registry gives the same history. */
export interface HistoryPlan {
  readonly messages: number;
  /** The last one is the day (of UTC) in which the history ends. */
  readonly days: number;
  readonly seed: number;
  readonly endsAt: Date;
}

type Transaction = postgres.TransactionSql;

/**
 * Makes the generator's own schema, with everything that the days are written from, the users,
 * and the prices of the time before the registry was filled.
 *
 * @throws {RangeError} if the registry has no default model, or none of the seed's assistants.
 */
export async function prepareHistory(sql: Transaction, plan: HistoryPlan): Promise<void> {
  for (const file of ["tables.sql", "write_switch.sql", "write_day.sql"]) {
    await sql.unsafe(await Deno.readTextFile(new URL(`sql/${file}`, import.meta.url)));
  }
  const models = await readModels(sql);
  const assistants = await readAssistants(sql);
  const asked = manners.filter(({ assistant_type }) =>
    assistants.some((row) => row.assistant_type === assistant_type)
  );
  if (asked.length === 0) throw new RangeError("The registry has none of the seed's assistants.");
  const { days, seed, endsAt, messages } = plan;
  const startsAt = startOfHistory(days, endsAt);
  await sql`
    insert into local_history.run (messages, days, seed, starts_at, ends_at, first_version)
    select ${messages}, ${days}, ${seed}, ${startsAt}, ${endsAt}, rv.version
    from public.registry_version as rv`;
  await sql`
    insert into local_history.days
    ${sql(planDays({ seed, days, endsAt, turns: messages / 2 }).map((day) => ({ ...day })))}`;
  await addUsers(sql, asked, startsAt);
  await describeAsking(sql, asked, assistants);
  await describeModels(sql, models);
  const story = tellStory({
    models,
    days,
    endsAt,
    assistants: assistants.filter((row) =>
      asked.some((of) => of.assistant_type === row.assistant_type)
    ),
  });
  await keepStory(sql, story);
  await addFormerPrices(sql, story, startsAt);
}

async function readModels(sql: Transaction): Promise<ModelRow[]> {
  return await sql<ModelRow[]>`
    select model_id, is_available, is_default, lifecycle, input_cost_per_mtok::float8 as input_cost,
      output_cost_per_mtok::float8 as output_cost,
      cache_read_cost_per_mtok::float8 as cache_read_cost,
      cache_write_cost_per_mtok::float8 as cache_write_cost
    from public.bedrock_models order by priority, model_id`;
}

async function readAssistants(sql: Transaction): Promise<AssistantRow[]> {
  return await sql<AssistantRow[]>`
    select id, assistant_type, model_version, (model_config ->> 'max_tokens')::int as max_tokens
    from public.ai_assistants order by assistant_type`;
}

/** Nobody can sign in as one of them: no password has this hash. */
async function addUsers(sql: Transaction, asked: readonly Manner[], since: Date): Promise<void> {
  for (const { assistant_type, person, users } of asked) {
    await sql`
      insert into local_history.users (id, assistant_type, place)
      select local_history.id_of(${person}, 0, n), ${assistant_type}, n - 1
      from generate_series(1, ${users}::int) as n`;
    await sql`
      insert into auth.users (
        id, email, encrypted_password, email_confirmed_at, created_at, raw_app_meta_data)
      select u.id, 'history-' || ${person}::text || '-' || u.place + 1 || '@example.com', '*',
        ${since}, ${since}, '{"provider": "email", "providers": ["email"], "generated": true}'
      from local_history.users as u where u.assistant_type = ${assistant_type}`;
  }
  await sql`
    insert into public.ai_user_roles (user_id, assistant_type)
    select u.id, u.assistant_type from local_history.users as u
    where u.assistant_type <> 'health'`;
}

async function describeAsking(
  sql: Transaction,
  asked: readonly Manner[],
  assistants: readonly AssistantRow[],
): Promise<void> {
  for (const { assistant_type, users, rhythm, ...manner } of asked) {
    const { system_tokens, question_tokens, answer_tokens } = manner;
    const row = assistants.find((row) => row.assistant_type === assistant_type)!;
    const said = phrases[assistant_type]!;
    await sql`
      insert into local_history.assistants ${
      sql({
        assistant_type,
        users,
        rhythm,
        system_tokens,
        question_tokens,
        answer_tokens,
        id: row.id,
        max_tokens: row.max_tokens ?? 4096,
        questions: said.question.length,
        follow_ups: said["follow-up"].length,
        answers: said.answer.length,
      })
    }`;
    for (const kind of ["question", "follow-up", "answer"] as const) {
      await sql`
        insert into local_history.phrases ${
        sql(said[kind].map((text, place) => ({ assistant_type, kind, place, text })))
      }`;
    }
  }
  for (const is_weekend of [false, true]) {
    const shares = cumulate(
      asked.map((manner) => is_weekend ? manner.weekendShare : manner.weekdayShare),
    );
    await sql`
      insert into local_history.assistant_shares ${
      sql(shares.map((share, index) => ({
        ...share,
        is_weekend,
        assistant_type: asked[index]!.assistant_type,
      })))
    }`;
  }
  for (const rhythm of ["home", "work"] as const) {
    await sql`
      insert into local_history.hours ${
      sql(hourShares(rhythm).map((share) => ({ ...share, rhythm })))
    }`;
  }
}

/** Dearer models are larger, and larger ones slower. */
async function describeModels(sql: Transaction, models: readonly ModelRow[]): Promise<void> {
  await sql`
    insert into local_history.models ${
    sql(models.map(({ model_id, output_cost, cache_read_cost, cache_write_cost }) => ({
      model_id,
      caches: cache_read_cost !== null && (cache_write_cost ?? 0) > 0,
      first_token_ms: 260 + 190 * Math.log1p(output_cost ?? 1),
      tokens_per_second: 190 / (1 + 0.12 * (output_cost ?? 1)),
    })))
  }`;
}

async function keepStory(sql: Transaction, story: Story): Promise<void> {
  await sql`insert into local_history.choices ${
    sql(story.choices.map((choice) => ({ ...choice })))
  }`;
  await sql`insert into local_history.incidents ${sql({ ...story.incident })}`;
  for (const change of story.changes) {
    await sql`
      insert into local_history.changes (
        place, moment, source, probe, actor_user_id, undoes, table_name, patches)
      values (
        ${change.place}, ${change.moment}, ${change.source}, ${change.probe},
        case when ${change.source}::text <> 'sql' then local_history.id_of('admin', 0, 1) end,
        ${change.undoes}, ${change.table},
        ${sql.json(change.patches as unknown as postgres.JSONValue)})`;
  }
}

/**
 * A stack knows its prices since it got its seed; what it does not know of the time before was the
 * same, but for the model whose price changed.
 */
async function addFormerPrices(sql: Transaction, story: Story, since: Date): Promise<void> {
  const { model_id, moment, before } = story.priceChange;
  await sql`
    with first_periods as (
      select distinct on (mp.model_id) mp.*
      from public.model_prices as mp order by mp.model_id, mp.valid_from
    ), added as (
      insert into public.model_prices (
        model_id, valid_from, valid_to, input_cost_per_mtok, output_cost_per_mtok,
        cache_read_cost_per_mtok, cache_write_cost_per_mtok)
      select f.model_id, ${since}, least(f.valid_from, ${moment}), p.input_cost_per_mtok,
        p.output_cost_per_mtok, p.cache_read_cost_per_mtok, p.cache_write_cost_per_mtok
      from first_periods as f
      cross join jsonb_populate_record(
        null::public.model_prices, ${sql.json({ ...before })}) as p
      where f.model_id = ${model_id} and f.valid_from > ${moment}
      union all
      select f.model_id, case f.model_id when ${model_id} then ${moment} else ${since} end,
        f.valid_from, f.input_cost_per_mtok, f.output_cost_per_mtok, f.cache_read_cost_per_mtok,
        f.cache_write_cost_per_mtok
      from first_periods as f
      where f.valid_from > case f.model_id when ${model_id} then ${moment} else ${since} end
      returning id
    )
    insert into local_history.price_periods select id from added`;
}
