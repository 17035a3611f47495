import postgres from "postgres";
import { databasePassword } from "../../local/postgres/server.ts";
import { question, recordedModel } from "../upstream/recorded_answers.ts";
import type { BenchUser } from "../users.ts";

/**
 * Turns per second that Postgres itself can keep: the two calls of a turn over so many connections,
 * each busy all the time, with no API server between.
 */
export async function directTurns(
  dbUrl: string,
  users: readonly BenchUser[],
  connections: number,
  durationMs: number,
): Promise<number> {
  const port = Number(new URL(dbUrl).port);
  const sql = postgres({
    host: "127.0.0.1",
    port,
    user: "supabase_admin",
    password: databasePassword,
    database: "postgres",
    max: connections,
    onnotice: () => {},
  });
  let count = 0;
  try {
    await Promise.all(Array.from({ length: connections }, () => sql`select 1`));
    const startedAt = performance.now();
    const drive = async (_: unknown, n: number) => {
      for (; performance.now() - startedAt < durationMs; count++) {
        const { id } = users[(n + count) % users.length]!;
        const [begun] = await sql`
          select public.begin_chat_turn(${
          sql.json({ user_id: id, request_id: crypto.randomUUID(), message: question })
        }) as turn`;
        await sql`
          select public.complete_chat_turn(${
          sql.json({
            question_id: begun?.turn.question_id,
            attempt: 1,
            content: "x".repeat(250),
            run: {
              status: "complete",
              model_id: recordedModel,
              reason: "assistant",
              registry_version: 1,
              input_tokens: 70,
              output_tokens: 60,
              response_time_ms: 5,
            },
          })
        })`;
      }
    };
    await Promise.all(Array.from({ length: connections }, drive));
    return count / (performance.now() - startedAt) * 1000;
  } finally {
    await sql.end({ timeout: 2 });
  }
}
