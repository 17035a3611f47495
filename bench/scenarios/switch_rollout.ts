import type { Report } from "../comparison/sample.ts";
import type { RunningStack } from "../processes/running_stack.ts";
import type { BenchUser } from "../users.ts";
import { followDefault } from "./switch_models.ts";

/** The models of the assistant `health` during a rollout: its own one, and the canary. */
export const canaryOfHealth = ["eu.amazon.nova-lite-v1:0", "eu.amazon.nova-micro-v1:0"] as const;

/**
 * Gives `health` a model of its own, which a switch of the default does not take from it, and half of
 * its new conversations to another model. Every other user gets an assistant that follows the
 * default.
 *
 * @returns ends it, and reports if it was not active until then
 */
export async function startRollout(
  stack: RunningStack,
  users: readonly BenchUser[],
): Promise<(report: Report) => Promise<void>> {
  const { sql } = stack;
  const [ownModel, canary] = canaryOfHealth;
  const others = users.filter((_, n) => n % 2 === 1).map(({ id }) => id);
  await sql`
    insert into public.ai_user_roles (user_id, assistant_type)
    select unnest(${others}::uuid[]), 'operations'`;
  await sql`
    update public.ai_assistants set model_version = ${ownModel} where assistant_type = 'health'`;
  const [row] = await sql<{ id: string }[]>`
    select public.start_rollout(${canary}, 50, 'health') #>> '{rollout,id}' as id`;
  const id = row?.id ?? "";
  return async (report) => {
    const [rollout] = await sql<{ outcome: string | null }[]>`
      select outcome from public.ai_rollouts where id = ${id}`;
    if (rollout?.outcome !== null) report(`the rollout has ended: ${rollout?.outcome}`);
    const sides = await sql`
      select from public.ai_usage where rollout_id = ${id} group by rollout_side`;
    if (sides.length < 2) report("the rollout had conversations on one side only");
    await followDefault(stack);
  };
}
