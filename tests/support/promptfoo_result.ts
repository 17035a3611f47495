/** Result files of promptfoo, for tests. */

/** What became of a case. */
export type CaseOutcome = "passed" | "failed" | "error";

/**
 * A result file, with the fields that promptfoo 0.123.1 writes and that matter; `evals_test.ts` runs
 * promptfoo itself.
 */
export function promptfooResult(
  modelId: string,
  assistantType: string,
  outcomes: readonly CaseOutcome[] = ["passed", "passed"],
  answeredBy = modelId,
) {
  const id = `openai:chat:assistant/${assistantType}/${modelId}`;
  const now = new Date().toISOString();
  return {
    evalId: `eval-${crypto.randomUUID()}`,
    results: {
      version: 3,
      timestamp: now,
      prompts: [{ raw: "{{question}}", provider: id }],
      results: outcomes.map((outcome, testIdx) => ({
        provider: { id, label: "" },
        prompt: { raw: "A secret question?", label: "{{question}}" },
        success: outcome === "passed",
        score: outcome === "passed" ? 1 : 0,
        failureReason: { passed: 0, failed: 1, error: 2 }[outcome],
        testIdx,
        response: outcome === "error" ? { error: "API error: 500" } : {
          output: "A secret answer.",
          cached: false,
          metadata: { http: { status: 200, headers: { "x-switchboard-model": answeredBy } } },
        },
      })),
      stats: { durationMs: 0 },
    },
    metadata: { promptfooVersion: "0.123.1", exportedAt: now },
  };
}
