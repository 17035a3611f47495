/** Probes for tests, recorded as the functions record them: by the database's function. */
import { serviceRole } from "./test_database.ts";
import type { RunAs } from "./turns.ts";

/** A call of a probe, as the functions describe one. */
export const probeCheck = {
  name: "invoke",
  ok: true,
  message: "It answered in 300 ms (end_turn).",
  hint: null,
  error_code: null,
  retryable: false,
  latency_ms: 300,
  time_to_first_token_ms: null,
  input_tokens: 20,
  output_tokens: 2,
};

const probe = {
  passed: true,
  error_code: null,
  latency_ms: 300,
  input_tokens: 20,
  output_tokens: 2,
  checks: [probeCheck],
};

const failure = { ok: false, error_code: "bedrock_throttled" };

/** Records a probe of a model, and returns its id. */
export function recordProbe(
  { as }: RunAs,
  modelId: string,
  { passed = true }: { readonly passed?: boolean } = {},
): Promise<number> {
  const recorded = passed ? probe : {
    ...probe,
    passed,
    error_code: failure.error_code,
    checks: [{ ...probeCheck, ...failure }],
  };
  return as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.record_model_probe(${modelId}, ${sql.json(recorded)})::int as id`;
    return row?.id;
  });
}
