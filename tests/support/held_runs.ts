/** Limits, and runs that hold of them, through Postgres as the functions do it. */
import { expect } from "@std/expect";
import type postgres from "postgres";
import type { Demand } from "../../supabase/functions/_shared/limits/budget.ts";
import { beginCall, type BegunCall, completeCall } from "./api_keys.ts";
import type { TestDatabase } from "./test_database.ts";
import {
  beginTurn,
  completeTurn,
  type HeldBudget,
  type Person,
  type RunAs,
  type TurnRequest,
} from "./turns.ts";

/** Columns of `ai_limits`. */
export type LimitColumns = Record<string, string | number | null>;

/** Sets a limit as an operator does in Studio. */
export async function addLimit(sql: postgres.ISql, columns: LimitColumns): Promise<string> {
  const [set] = await sql`insert into public.ai_limits ${sql(columns)} returning id::text`;
  return set!.id;
}

/** Sets a limit in the place of all others. */
export async function onlyLimit(
  { sql }: Pick<TestDatabase, "sql">,
  columns: LimitColumns,
): Promise<string> {
  await sql`delete from public.ai_limits`;
  return await addLimit(sql, columns);
}

/** What a limit's windows and holds come to. */
export async function stateOf({ sql }: Pick<TestDatabase, "sql">, id: string) {
  const [state] = await sql<{ spent: number; held: number; holds: number }[]>`
    select
      coalesce(sum(spent), 0)::float8 as spent, coalesce(sum(held), 0)::float8 as held,
      (select count(*)::int from switchboard.limit_holds where limit_id = ${id}) as holds
    from switchboard.limit_windows where limit_id = ${id}`;
  return state!;
}

/** Windows are what the ledger and the holds tell. */
export async function expectProven({ sql }: Pick<TestDatabase, "sql">): Promise<void> {
  const [row] = await sql`select public.verify_limits() as verified`;
  expect(row!.verified).toMatchObject({ ok: true, differing: [] });
}

/** A run that has begun. */
export interface HeldRun {
  readonly budget: HeldBudget | null;
  readonly id: string;
  /** Ends it; `run` are keys of the record of the run. */
  complete(run?: Record<string, string | number | null>): Promise<unknown>;
}

/** Of a short question, whose answer has at most 100 tokens. */
export const smallDemand: Demand = {
  input_tokens: 100,
  max_tokens: 100,
  thinks: false,
  fallback: false,
  least_tokens: 20,
};

/** Begins a turn, in a conversation of its own unless `request` names one. */
export async function holdTurn(
  database: RunAs,
  person: Person,
  demand: Demand = smallDemand,
  request: TurnRequest = {},
): Promise<HeldRun> {
  const { budget, question_id: id } = await beginTurn(database, person, { ...request, demand });
  return {
    budget,
    id,
    complete: ({ input_tokens = 100, output_tokens = 20, status = "complete", ...figures } = {}) =>
      completeTurn(database, id, {
        status: status as "complete",
        tokens: [Number(input_tokens), Number(output_tokens)],
        figures,
      }),
  };
}

/** Begins a call; `caller` is as of `begin_call()`, which is told what `more` says besides. */
export async function holdCall(
  database: RunAs,
  caller: Record<string, postgres.JSONValue>,
  demand: Demand = smallDemand,
  more: Record<string, postgres.JSONValue> = {},
): Promise<HeldRun & { readonly begun: BegunCall }> {
  const id = crypto.randomUUID();
  const begun = await beginCall(database, caller, {
    id,
    model: "default",
    demand: { ...demand },
    ...more,
  });
  return {
    budget: begun.budget,
    id,
    begun,
    complete: (run = {}) =>
      completeCall(database, begun, { input_tokens: 100, output_tokens: 20, ...run }, { id }),
  };
}
