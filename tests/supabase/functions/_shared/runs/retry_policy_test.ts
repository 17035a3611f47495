import { expect } from "@std/expect";
import fc from "fast-check";
import {
  retryDelay,
  retryRule,
} from "../../../../../supabase/functions/_shared/runs/retry_policy.ts";
import { errorCodes } from "../../../../../supabase/functions/_shared/core/app_error.ts";

Deno.test("retryRule() never repeats what is sure to fail, nor asks another model for our fault", () => {
  const table = {
    bedrock_throttled: [3, "any"],
    bedrock_unavailable: [3, "any"],
    bedrock_model_error: [2, "any"],
    bedrock_stream_truncated: [2, "any"],
    bedrock_timeout: [1, "any"],
    bedrock_quota_exhausted: [1, "any"],
    bedrock_access_denied: [1, "any"],
    bedrock_model_unavailable: [1, "any"],
    bedrock_model_end_of_life: [1, "any"],
    bedrock_refusal_unknown: [1, "another_maker"],
    bedrock_request_refused: [1, "none"],
    bedrock_credentials_rejected: [1, "none"],
    bedrock_not_configured: [1, "none"],
    input_too_long: [1, "none"],
    client_disconnected: [1, "none"],
    internal_error: [1, "none"],
  } as const;
  for (const [code, [tries, fallback]] of Object.entries(table)) {
    expect({ code, ...retryRule(code as keyof typeof table) }).toMatchObject({
      code,
      tries,
      fallback,
    });
  }
});

Deno.test("retryRule() has a rule for every code of Bedrock's that a caller may send again", () => {
  const bedrock = errorCodes.filter((code) => code.startsWith("bedrock_"));
  const withoutVerdict = bedrock.filter((code) => retryRule(code).verdict === "none");
  expect(withoutVerdict.sort()).toEqual([
    "bedrock_credentials_rejected",
    "bedrock_not_configured",
    "bedrock_refusal_unknown",
    "bedrock_request_refused",
  ]);
});

Deno.test("retryDelay() waits a random part of a doubling time, and never less than it was asked to", () => {
  expect(retryDelay(1, 1000, undefined, 1)).toBe(1000);
  expect(retryDelay(2, 1000, undefined, 1)).toBe(2000);
  expect(retryDelay(2, 1000, undefined, 0.25)).toBe(500);
  expect(retryDelay(9, 1000, undefined, 1)).toBe(10_000);
  expect(retryDelay(1, 1000, 7, 0.5)).toBe(7000);
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 20 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (tries, random) => {
      const delay = retryDelay(tries, 1000, undefined, random);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(10_000);
    },
  ));
});
