/**
 * Rollouts drawn at random and judged by the functions in Postgres that judge real ones, in bulk: a
 * statement draws the units, and calls the function after each error or at each look.
 */
import type postgres from "postgres";

export interface SimulatedErrors {
  readonly rollouts: number;
  /** Percent of the units that go to the canary. */
  readonly share: number;
  /** The probability that a unit of each side fails, up to 1. */
  readonly canaryRate: number;
  readonly formerRate: number;
  /** Units after which a rollout is not watched any longer. */
  readonly units: number;
}

export interface SimulatedMeans {
  readonly rollouts: number;
  readonly share: number;
  /** How many times as long an answer of the canary takes, or as much as it costs. */
  readonly ratio: number;
  /** How many times is tolerated. */
  readonly tolerated: number;
  readonly units: number;
  /** Units between two looks. */
  readonly every: number;
}

export interface Conclusion {
  readonly verdict: "worse" | "not_worse" | "undecided";
  /** Units of both sides until then. */
  readonly units: number;
}

/**
 * Looks at the evidence after every error. Units without an error change nothing, so only those with
 * one are drawn, with the number of units up to each.
 */
export async function simulateErrors(
  sql: postgres.Sql,
  { rollouts, share, canaryRate, formerRate, units }: SimulatedErrors,
): Promise<Conclusion[]> {
  return await sql.begin(async (transaction) => {
    await transaction.unsafe(`
      create or replace function pg_temp.simulate(
        rollouts integer, share integer, canary_rate float8, former_rate float8, most integer)
      returns table (verdict text, units integer) language plpgsql as $$
      declare
        weight constant float8 := share / 100.0;
        rate constant float8 := weight * canary_rate + (1 - weight) * former_rate;
        of_canary constant float8 := weight * canary_rate / rate;
        stage switchboard.rollout_stages;
      begin
        for n in 1..rollouts loop
          stage := row(null, 1, share, now(), 0, 0, 0);
          units := 0;
          verdict := 'undecided';
          loop
            units := units + 1 + case when rate < 1
              then least(floor(ln(1 - random()) / ln(1 - rate)), 1000000000)::integer else 0 end;
            exit when units > most;
            stage := switchboard.weigh_error(stage, share, random() < of_canary);
            if stage.evidence >= switchboard.evidence_needed() then
              verdict := 'worse';
              exit;
            end if;
          end loop;
          return next;
        end loop;
      end $$`);
    await transaction`select setseed(0.18)`;
    return await transaction<Conclusion[]>`
      select * from pg_temp.simulate(
        ${rollouts}, ${share}, ${canaryRate}::float8, ${formerRate}::float8, ${units})`;
  }) as Conclusion[];
}

/** Looks at the bounds of means again and again; answers have a spread of 0.6 in logarithms. */
export async function simulateMeans(
  sql: postgres.Sql,
  { rollouts, share, ratio, tolerated, units, every }: SimulatedMeans,
): Promise<Conclusion[]> {
  return await sql.begin(async (transaction) => {
    await transaction.unsafe(`
      create or replace function pg_temp.simulate(
        rollouts integer, share integer, ratio float8, tolerated float8, most integer,
        every integer)
      returns table (verdict text, units integer) language plpgsql as $$
      declare
        -- Of the former model and of the canary.
        counts float8[];
        sums float8[];
        squares float8[];
        side integer;
        drawn float8;
      begin
        for n in 1..rollouts loop
          counts := '{0, 0}';
          sums := '{0, 0}';
          squares := '{0, 0}';
          units := 0;
          verdict := 'undecided';
          while units < most and verdict = 'undecided' loop
            units := units + 1;
            side := 1 + (random() * 100 < share)::integer;
            drawn := 0.6 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())
              + case when side = 2 then ln(ratio) else 0 end;
            counts[side] := counts[side] + 1;
            sums[side] := sums[side] + drawn;
            squares[side] := squares[side] + drawn * drawn;
            continue when units % every <> 0 or least(counts[1], counts[2]) < 2;
            select w.verdict into simulate.verdict
            from switchboard.weigh_means(
              row(counts[2]::bigint, sums[2] / counts[2],
                (squares[2] - sums[2] * sums[2] / counts[2]) / (counts[2] - 1)),
              row(counts[1]::bigint, sums[1] / counts[1],
                (squares[1] - sums[1] * sums[1] / counts[1]) / (counts[1] - 1)),
              ln(tolerated)) as w;
          end loop;
          return next;
        end loop;
      end $$`);
    await transaction`select setseed(0.18)`;
    return await transaction<Conclusion[]>`
      select * from pg_temp.simulate(
        ${rollouts}, ${share}, ${ratio}::float8, ${tolerated}::float8, ${units}, ${every})`;
  }) as Conclusion[];
}

/** How many rollouts came to a verdict. */
export function countOf(
  verdict: Conclusion["verdict"],
  conclusions: readonly Conclusion[],
): number {
  return conclusions.filter((conclusion) => conclusion.verdict === verdict).length;
}

/** The units after which half of all rollouts had a verdict. */
export function medianUnits(
  verdict: Conclusion["verdict"],
  conclusions: readonly Conclusion[],
): number {
  const units = conclusions
    .map((conclusion) => conclusion.verdict === verdict ? conclusion.units : Infinity)
    .toSorted((a, b) => a - b);
  return units[Math.floor((units.length - 1) / 2)]!;
}
