/** Evaluations for tests: attached as the functions attach them. */
import { serviceRole, type TestDatabase } from "./test_database.ts";

/** An evaluation as `attach_evaluation()` returns it. */
export interface StoredEvaluation {
  readonly id: number;
  readonly prompt_version: string;
  readonly result_hash: string;
  readonly is_passing: boolean;
  readonly is_of_present_prompt: boolean;
}

/** What is stated of an evaluation that passed a moment ago, of a file like no other. */
export function passingEvaluation(): Record<string, unknown> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const now = new Date().toISOString();
  return {
    result_hash: random.toHex(),
    promptfoo_version: "0.123.1",
    passed: 5,
    failed: 0,
    errors: 0,
    score: 1,
    ran_at: now,
    ended_at: now,
  };
}

/** Attaches an evaluation with a secret key. */
export function attachEvaluation(
  { as }: Pick<TestDatabase, "as">,
  modelId: string,
  assistantType: string,
  stated: Readonly<Record<string, unknown>> = {},
): Promise<{ evaluation: StoredEvaluation; is_new: boolean; registry_version: number }> {
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.attach_evaluation(
        ${modelId}, ${assistantType}, ${sql.json({ ...passingEvaluation(), ...stated } as never)},
        p_actor_key_name => 'ci', p_source => 'cli') as attached`;
    return row?.attached;
  });
}
