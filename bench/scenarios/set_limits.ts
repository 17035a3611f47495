import type postgres from "postgres";

/** Columns of `ai_limits`; those that are left out have their defaults. */
export interface LimitRow {
  readonly scope: "project" | "each_user" | "user";
  readonly assistant_type?: string;
  readonly user_id?: string;
  readonly unit: "usd" | "turns" | "concurrent";
  readonly amount: number;
  readonly period?: "minute" | "day" | "month" | "total";
  readonly enforcement?: "soft";
}

/** An amount that no benchmark reaches. */
const high = 1_000_000;

const eachPatient = { scope: "each_user", assistant_type: "health", amount: high } as const;

/** Those of the first rows, as high as none reaches. */
export const highLimits: readonly LimitRow[] = [
  { ...eachPatient, unit: "turns", period: "minute" },
  { ...eachPatient, unit: "concurrent" },
  { ...eachPatient, unit: "usd", period: "day", enforcement: "soft" },
  { scope: "project", amount: high, unit: "usd", period: "month", enforcement: "soft" },
];

/** One that every turn of a project holds and settles. */
export const projectLimit: LimitRow = {
  scope: "project",
  unit: "usd",
  amount: high,
  period: "day",
};

/** Sets these limits in place of all others. */
export async function setLimits(sql: postgres.Sql, limits: readonly LimitRow[]): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`delete from public.ai_limits`;
    for (const limit of limits) {
      await transaction`insert into public.ai_limits ${transaction({ ...limit })}`;
    }
  });
}
