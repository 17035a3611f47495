import { expect } from "@std/expect";
import fc from "fast-check";
import {
  askedEffort,
  inferenceSettings,
} from "../../../../../supabase/functions/_shared/formats/inference_settings.ts";
import { samplingRules } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRow } from "../model_row.ts";

Deno.test("inferenceSettings() takes the model's settings where the assistant sets none", () => {
  const row = modelRow({ max_tokens: 900, temperature: 0.4, top_p: 0.8 });
  expect(inferenceSettings(row, {})).toEqual({
    maxTokens: 900,
    temperature: 0.4,
    topP: 0.8,
    topK: null,
    stopSequences: [],
  });
});

Deno.test("inferenceSettings() lets the assistant override, down to zero", () => {
  const row = modelRow({ max_tokens: 900, temperature: 0.4, top_p: 0.8 });
  expect(inferenceSettings(row, { temperature: 0, top_p: 0, max_tokens: 100 }))
    .toEqual({ maxTokens: 100, temperature: 0, topP: 0, topK: null, stopSequences: [] });
});

Deno.test("inferenceSettings() caps max_tokens at the model's", () => {
  expect(inferenceSettings(modelRow({ max_tokens: 900 }), { max_tokens: 5000 }).maxTokens).toBe(
    900,
  );
});

const oneOfTwo = [
  // model: temperature, top_p; assistant; sent: temperature, topP
  [0.4, 0.8, {}, 0.4, null],
  [null, 0.8, {}, null, 0.8],
  [null, null, {}, null, null],
  [0.4, 0.8, { top_p: 0.5 }, null, 0.5],
  [0.4, null, { top_p: 0.5 }, null, 0.5],
  [null, 0.8, { temperature: 0.2 }, 0.2, null],
  [0.4, 0.8, { temperature: 0.2, top_p: 0.5 }, 0.2, null],
] as const;

Deno.test("inferenceSettings() sends one of two, and prefers temperature unless only top_p is overridden", () => {
  for (const [temperature, top_p, config, sentTemperature, sentTopP] of oneOfTwo) {
    const row = modelRow({ sampling: "temperature_or_top_p", temperature, top_p });
    const { temperature: t, topP } = inferenceSettings(row, config);
    expect({ temperature: t, topP }).toEqual({ temperature: sentTemperature, topP: sentTopP });
  }
});

Deno.test("inferenceSettings() sends no sampling parameter to a model that accepts none", () => {
  const row = modelRow({ sampling: "none", temperature: 0.4, top_p: 0.8 });
  expect(inferenceSettings(row, { temperature: 0.1, top_p: 0.2 }, { top_k: 5 }))
    .toEqual({ maxTokens: 4096, temperature: null, topP: null, topK: null, stopSequences: [] });
});

Deno.test("inferenceSettings() never breaks the model's rule or limit", () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const nullable = fc.option(unit, { nil: null });
  const config = fc.record(
    { temperature: unit, top_p: unit, max_tokens: fc.integer({ min: 1, max: 200_000 }) },
    { requiredKeys: [] },
  );
  const rule = fc.constantFrom(...samplingRules);
  fc.assert(
    fc.property(rule, nullable, nullable, config, (sampling, temperature, top_p, config) => {
      const sent = inferenceSettings(modelRow({ sampling, temperature, top_p }), config);
      expect(sent.maxTokens).toBeLessThanOrEqual(4096);
      const count = [sent.temperature, sent.topP].filter((value) => value !== null).length;
      expect(count).toBeLessThanOrEqual(
        {
          none: 0,
          temperature_or_top_p: 1,
          temperature_and_top_p: 2,
        }[sampling],
      );
    }),
  );
});

Deno.test("inferenceSettings() takes the caller's settings over the assistant's", () => {
  const row = modelRow({ max_tokens: 900, temperature: 0.4, top_p: 0.8 });
  const assistant = { temperature: 0.1, top_p: 0.2, max_tokens: 500 };
  const caller = { temperature: 0.9, top_k: 40, max_tokens: 50, stop_sequences: ["END"] };
  expect(inferenceSettings(row, assistant, caller)).toEqual({
    maxTokens: 50,
    temperature: 0.9,
    // Not the assistant's, which belongs to a temperature of its own.
    topP: 0.8,
    topK: 40,
    stopSequences: ["END"],
  });
});

Deno.test("inferenceSettings() lets the caller lower max_tokens, and never raise it", () => {
  const row = modelRow({ max_tokens: 900 });
  const limit = (assistant: number | undefined, caller: number) =>
    inferenceSettings(row, { max_tokens: assistant }, { max_tokens: caller }).maxTokens;
  expect([limit(500, 50), limit(500, 5000), limit(5000, 5000), limit(undefined, 5000)])
    .toEqual([50, 500, 900, 900]);
});

Deno.test("askedEffort() takes the caller's thinking, then its effort, then the assistant's effort", () => {
  const low = { effort: "low" as const };
  expect(askedEffort({}, {})).toBeNull();
  expect(askedEffort({}, low)).toBe("low");
  expect(askedEffort({ effort: "high" }, low)).toBe("high");
  expect(askedEffort({ thinking: { type: "disabled" }, effort: "high" }, low)).toBe("none");
  const unasked = { thinking: { type: "unasked" } } as const;
  expect(askedEffort(unasked, low)).toBe("low");
  expect(askedEffort(unasked, {})).toBeNull();
  expect(askedEffort({ ...unasked, effort: "high" }, {})).toEqual({ ownEffort: "high" });
  expect(askedEffort({ ...unasked, effort: "high" }, low)).toBe("high");
  expect(askedEffort({ ...unasked, effort: "high" }, { effort: "none" })).toBe("none");
  const adaptive = { thinking: { type: "adaptive" as const } };
  expect(askedEffort(adaptive, {})).toBe("adaptive");
  expect(askedEffort(adaptive, low)).toBe("low");
  expect(askedEffort({ ...adaptive, effort: "max" }, low)).toBe("max");
  // An assistant that does not think by itself thinks where its caller asks for it.
  expect(askedEffort(adaptive, { effort: "none" })).toBe("adaptive");
  const enabled = { thinking: { type: "enabled" as const, budgetTokens: 5000 } };
  expect(askedEffort(enabled, low)).toEqual({ budgetTokens: 5000, effort: null });
  expect(askedEffort({ ...enabled, effort: "high" }, low))
    .toEqual({ budgetTokens: 5000, effort: "high" });
});
