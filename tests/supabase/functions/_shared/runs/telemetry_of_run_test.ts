import { expect } from "@std/expect";
import { reportRun } from "../../../../../supabase/functions/_shared/runs/run_report.ts";
import { telemetryOfRun } from "../../../../../supabase/functions/_shared/runs/telemetry_of_run.ts";
import { runWorld } from "./run_world.ts";

async function logged(script: Parameters<typeof runWorld>[0], change = {}) {
  const events = await runWorld(script).play(change);
  const last = events.at(-1);
  if (last?.type !== "stop") throw new Error("no stop");
  const { record } = last.outcome;
  return {
    record,
    line: telemetryOfRun({ ...reportRun(record), request_id: "r", trace: null }),
  };
}

Deno.test("telemetryOfRun() names what the conventions name, and counts cached tokens in", async () => {
  const { record, line } = await logged({ a: [{ answers: "Fine." }] });
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens } = record;
  expect(line).toMatchObject({ request_id: "r" });
  expect(line["gen_ai.operation.name"]).toBe("chat");
  expect(line["gen_ai.provider.name"]).toBe("aws.bedrock");
  expect([line["gen_ai.request.model"], line["gen_ai.response.model"]])
    .toEqual([record.model_id, record.model_id]);
  expect(line["gen_ai.response.finish_reasons"]).toEqual([record.stop_reason]);
  expect(line["gen_ai.usage.input_tokens"])
    .toBe((input_tokens ?? 0) + (cache_read_tokens ?? 0) + (cache_write_tokens ?? 0));
  expect(output_tokens).toBeGreaterThan(0);
  expect(line["gen_ai.usage.output_tokens"]).toBe(output_tokens);
  expect(line["gen_ai.response.time_to_first_chunk"])
    .toBe((record.time_to_first_token_ms ?? 0) / 1000);
  // Nothing stands there twice, or without a value.
  const names = Object.keys(line);
  for (const name of ["model_id", "input_tokens", "error_code", "streamed", "stop_reason"]) {
    expect(names).not.toContain(`switchboard.${name}`);
  }
  expect(Object.values(line)).not.toContain(null);
  for (const name of names) expect(name).toMatch(/^(request_id|(gen_ai|aws|switchboard)\.[\w.]+)$/);
});

Deno.test("telemetryOfRun() of a run that failed has the error, and no model that answered", async () => {
  const { record, line } = await logged(
    { a: [{ fails: "bedrock_request_refused" }] },
    { fallback: false },
  );
  expect(record.status).toBe("failed");
  expect(line["error.type"]).toBe("bedrock_request_refused");
  expect("gen_ai.response.model" in line).toBe(false);
  expect("gen_ai.response.finish_reasons" in line).toBe(false);
});
