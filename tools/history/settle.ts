import type { Connection } from "../../local/database/connect.ts";

/** Sums up all days that are over, and lets the planner know what there is now. */
export async function settle(connection: Connection): Promise<void> {
  let before: string | undefined;
  let until = await sumUp(connection, true);
  // A month of days per call.
  while (before !== until) {
    before = until;
    until = await sumUp(connection, false);
  }
  await connection.unsafe(
    `vacuum (analyze) public.ai_conversations, public.ai_messages, public.ai_usage,
      public.ai_usage_days, public.ai_latency_days, public.ai_latency_buckets,
      public.model_prices, public.model_switches`,
  );
}

async function sumUp(connection: Connection, again: boolean): Promise<string> {
  const [row] = await connection`select public.roll_up_usage(${again})::text as until`;
  return row?.until;
}
