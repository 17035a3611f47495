import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { readEvaluation } from "../../../../../supabase/functions/_shared/switching/read_evaluation.ts";
import { promptfooResult } from "../../../../support/promptfoo_result.ts";

const wanted = { modelId: "eu.a.model-v1:0", assistantType: "health" };
const result = () => promptfooResult(wanted.modelId, "health", ["passed", "failed", "error"]);

Deno.test("readEvaluation() counts cases, and takes their scores as shares", async () => {
  const weighed = result();
  weighed.results.results[0]!.score = 2.5;
  weighed.results.results[1]!.score = 0.25;
  weighed.results.results[2]!.score = -1;
  weighed.results.stats.durationMs = 1500;
  weighed.results.timestamp = "2026-11-30T10:00:00+02:00";
  expect(await readEvaluation(weighed, wanted)).toEqual({
    result_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    promptfoo_version: "0.123.1",
    passed: 1,
    failed: 1,
    errors: 1,
    score: 0.4167,
    ran_at: "2026-11-30T08:00:00.000Z",
    ended_at: "2026-11-30T08:00:01.500Z",
  });
});

Deno.test("readEvaluation() names a file by its content, however it is written", async () => {
  const first = result();
  const { result_hash } = await readEvaluation(first, wanted);
  expect((await readEvaluation(JSON.parse(JSON.stringify(first)), wanted)).result_hash)
    .toBe(result_hash);
  first.evalId = "another";
  expect((await readEvaluation(first, wanted)).result_hash).not.toBe(result_hash);
});

Deno.test("readEvaluation() refuses times and versions that nothing could store", async () => {
  const changed = (change: (result: ReturnType<typeof promptfooResult>) => void) => {
    const file = result();
    change(file);
    return readEvaluation(file, wanted).then(() => "read", (error) => {
      expect(error).toBeInstanceOf(AppError);
      return error.code;
    });
  };
  expect(await changed((file) => file.results.stats.durationMs = 1e300)).toBe("invalid_request");
  expect(await changed((file) => file.results.stats.durationMs = -1)).toBe("invalid_request");
  expect(await changed((file) => file.results.timestamp = "today")).toBe("invalid_request");
  for (const timestamp of ["0000-01-01T00:00:00Z", "1999-12-31T23:59:59Z"]) {
    expect(await changed((file) => file.results.timestamp = timestamp)).toBe("invalid_request");
  }
  expect(await changed((file) => file.metadata.promptfooVersion = "<1>")).toBe("invalid_request");
  expect(await changed(() => {})).toBe("read");
});

Deno.test("readEvaluation() counts no case as passed that does not say which model answered", async () => {
  const silent = result();
  for (const { response } of silent.results.results) delete response.metadata;
  await expect(readEvaluation(silent, wanted)).rejects.toThrow("which model answered");
  // One that failed proves nothing for the model.
  silent.results.results.shift();
  expect(await readEvaluation(silent, wanted)).toMatchObject({ passed: 0, failed: 1, errors: 1 });
});
