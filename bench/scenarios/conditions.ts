import type postgres from "postgres";
import { highLimits, type LimitRow, projectLimit, setLimits } from "./set_limits.ts";

/** What a project has set while turns are measured. */
export interface Condition {
  readonly limits: readonly LimitRow[];
  /** Half of the new conversations get another model. */
  readonly rollout: boolean;
  /** Functions may only run in the EU, which every turn proves. */
  readonly geographies: boolean;
}

const nothing: Condition = { limits: [], rollout: false, geographies: false };

export const conditions = {
  "nothing": nothing,
  "the first rows' limits": { ...nothing, limits: highLimits },
  "a hard limit of the project": { ...nothing, limits: [projectLimit] },
  "a rollout": { ...nothing, rollout: true },
  "functions kept in a geography": { ...nothing, geographies: true },
  "all of them": { limits: [...highLimits, projectLimit], rollout: true, geographies: true },
} as const satisfies Readonly<Record<string, Condition>>;
export type ConditionName = keyof typeof conditions;

/** Brings a project into a condition, whatever it was in. */
export async function setCondition(sql: postgres.Sql, condition: Condition): Promise<void> {
  const { limits, rollout, geographies } = condition;
  await setLimits(sql, limits);
  await sql`
    update public.registry_settings
    set function_geographies = ${geographies ? ["eu"] : null}::text[]`;
  const [active] = await sql`select id from public.ai_rollouts where outcome is null`;
  if (rollout && active === undefined) {
    await sql`select public.start_rollout('eu.amazon.nova-micro-v1:0', 50, 'health')`;
  } else if (!rollout && active !== undefined) {
    await sql`select public.end_rollout(${active.id}, 'revert')`;
  }
}
