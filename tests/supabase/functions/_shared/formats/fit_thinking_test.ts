import { expect } from "@std/expect";
import fc from "fast-check";
import { fitThinking } from "../../../../../supabase/functions/_shared/formats/fit_thinking.ts";
import type {
  AskedEffort,
  AskedInference,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import {
  type Capabilities,
  type Effort,
  efforts,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import { claudeCapabilities, claudeRow } from "./capable_models.ts";

type Row = NonNullable<Capabilities["thinking"]>;

const inference: AskedInference = {
  maxTokens: 1000,
  temperature: 0.4,
  topP: 0.8,
  topK: 40,
  stopSequences: [],
};
const row = (thinking: Partial<Row>, more = {}) =>
  claudeRow({ thinking: { ...claudeCapabilities.thinking as Row, ...thinking } }, more);
const silent = { temperature: null, topP: null, topK: null };

Deno.test("fitThinking() says nothing to a model that does not think or is not asked to", () => {
  const unchanged = { thinking: null, thinks: false, inference };
  expect(fitThinking(claudeRow({ thinking: undefined }), "high", inference)).toEqual(unchanged);
  expect(fitThinking(row({}), null, inference)).toEqual(unchanged);
  expect(fitThinking(row({ by_default: true }), null, inference))
    .toEqual({ ...unchanged, thinks: true });
});

Deno.test("fitThinking() takes an effort alone for a model that thinks by itself only", () => {
  const alone = { ownEffort: "low" } as const;
  expect(fitThinking(row({}), alone, inference)).toEqual(fitThinking(row({}), null, inference));
  const thinker = row({ by_default: true, mode: "adaptive" });
  expect(fitThinking(thinker, alone, inference)).toEqual(fitThinking(thinker, "low", inference));
});

Deno.test("fitThinking() gives a budget beside the answer's tokens, and no sampling settings", () => {
  for (
    const [effort, budgetTokens] of [["low", 1024], ["medium", 4096], ["high", 16_384]] as const
  ) {
    expect(fitThinking(row({}), effort, inference)).toEqual({
      thinking: { kind: "budget", budgetTokens },
      thinks: true,
      inference: { ...inference, ...silent, maxTokens: 1000 + budgetTokens },
    });
  }
});

Deno.test("fitThinking() gives a budget that was asked for as it is, within the answer's tokens", () => {
  const budget = (budgetTokens: number) => ({ budgetTokens, effort: null });
  const fitted = fitThinking(row({}), budget(2000), { ...inference, maxTokens: 2001 });
  expect(fitted).toEqual({
    thinking: { kind: "budget", budgetTokens: 2000 },
    thinks: true,
    inference: { ...inference, ...silent, maxTokens: 2001 },
  });
  // One that leaves the answer nothing is put beside it, as far as the model goes.
  expect(fitThinking(row({}), budget(2000), { ...inference, maxTokens: 2000 })).toMatchObject({
    thinking: { kind: "budget", budgetTokens: 2000 },
    inference: { maxTokens: 4000 },
  });
  expect(fitThinking(row({}, { max_tokens: 4096 }), budget(8000), inference)).toMatchObject({
    thinking: { kind: "budget", budgetTokens: 3096 },
    inference: { maxTokens: 4096 },
  });
  // Less than any model takes is no thinking.
  expect(fitThinking(row({}), budget(1023), inference))
    .toEqual({ thinking: { kind: "disabled" }, thinks: false, inference });
});

Deno.test("fitThinking() raises the answer's limit no further than it may", () => {
  const fitted = (mostTokens: number, effort: AskedEffort, mode: Row["mode"] = "budget") => {
    const { thinking, inference: { maxTokens, ...others } } = fitThinking(row({ mode }), effort, {
      ...inference,
      mostTokens,
    });
    expect(others).not.toHaveProperty("mostTokens");
    return [thinking, maxTokens];
  };
  const budget = (budgetTokens: number) => ({ kind: "budget", budgetTokens });
  expect(fitted(3000, "high")).toEqual([budget(2000), 3000]);
  expect(fitted(3000, { budgetTokens: 60_000, effort: null })).toEqual([budget(2000), 3000]);
  // The answer keeps half, and what is left is less than any model takes.
  expect(fitted(1000, "high")).toEqual([{ kind: "disabled" }, 1000]);
  expect(fitted(3000, "high", "levels")).toEqual([{ kind: "level", effort: "medium" }, 1000]);
  expect(fitted(100_000, "high", "levels")).toEqual([{ kind: "level", effort: "high" }, null]);
});

Deno.test("fitThinking() takes a budget for the nearest effort where the row asks in another way", () => {
  const adaptive = row({ mode: "adaptive", efforts: ["low", "medium", "high", "xhigh", "max"] });
  const effortFor = (budgetTokens: number, effort: Effort | null = null) => {
    const { thinking } = fitThinking(adaptive, { budgetTokens, effort }, inference);
    return thinking?.kind === "adaptive" ? thinking.effort : null;
  };
  expect([1024, 2000, 4000, 12_000, 31_999, 64_000].map((budget) => effortFor(budget)))
    .toEqual(["low", "low", "medium", "high", "xhigh", "max"]);
  expect(effortFor(1024, "high")).toBe("high");
  // A level that the row lacks comes down to one that it has.
  const levels = row({ mode: "levels", efforts: ["low", "medium"] });
  expect(fitThinking(levels, { budgetTokens: 64_000, effort: null }, inference).thinking)
    .toEqual({ kind: "level", effort: "medium" });
});

Deno.test("fitThinking() has a model think as it finds right, or half as much as it can", () => {
  const thinkingOf = (more: Partial<Row>) => fitThinking(row(more), "adaptive", inference).thinking;
  expect(thinkingOf({ mode: "adaptive" })).toEqual({ kind: "adaptive", effort: "high" });
  expect(thinkingOf({ mode: "budget" })).toEqual({ kind: "budget", budgetTokens: 4096 });
  expect(thinkingOf({ mode: "levels" })).toEqual({ kind: "level", effort: "medium" });
  expect(thinkingOf({ mode: "field" })).toEqual({ kind: "field", effort: "medium" });
  expect(fitThinking(claudeRow({ thinking: undefined }), "adaptive", inference).thinking)
    .toBeNull();
});

Deno.test("fitThinking() keeps budget and answer within the model's tokens", () => {
  const small = row({}, { max_tokens: 8192 });
  expect(fitThinking(small, "high", { ...inference, maxTokens: 8192 })).toMatchObject({
    thinking: { kind: "budget", budgetTokens: 4096 },
    inference: { maxTokens: 8192 },
  });
  expect(fitThinking(small, "high", inference)).toMatchObject({
    thinking: { kind: "budget", budgetTokens: 7192 },
    inference: { maxTokens: 8192 },
  });
  expect(fitThinking(row({}, { max_tokens: 2000 }), "high", inference))
    .toEqual({ thinking: { kind: "disabled" }, thinks: false, inference });
});

Deno.test("fitThinking() asks for the highest effort that the model takes, else for its lowest", () => {
  const asked = (taken: Row["efforts"]) =>
    efforts.slice(1).map((effort) => {
      const { thinking } = fitThinking(
        row({ mode: "adaptive", efforts: taken }),
        effort,
        inference,
      );
      return thinking?.kind === "adaptive" ? thinking.effort : null;
    });
  expect(asked(["low", "medium", "high"])).toEqual(["low", "medium", "high", "high", "high"]);
  expect(asked(["medium", "max"])).toEqual(["medium", "medium", "medium", "medium", "max"]);
});

Deno.test("fitThinking() names levels and fields, and sets no limit at Nova's highest level", () => {
  const levels = row({ mode: "levels" });
  expect(fitThinking(levels, "medium", inference)).toEqual({
    thinking: { kind: "level", effort: "medium" },
    thinks: true,
    inference: { ...inference, ...silent },
  });
  expect(fitThinking(levels, "max", inference)).toMatchObject({
    thinking: { kind: "level", effort: "high" },
    inference: { maxTokens: null },
  });
  expect(fitThinking(row({ mode: "field" }), "low", inference).thinking)
    .toEqual({ kind: "field", effort: "low" });
});

Deno.test("fitThinking() keeps a model from thinking as its row says", () => {
  const off = (thinking: Partial<Row>) => {
    const { thinking: told, thinks } = fitThinking(row(thinking), "none", inference);
    return [told, thinks];
  };
  expect(off({ off: "disabled", by_default: true })).toEqual([{ kind: "disabled" }, false]);
  expect(off({ off: "between_tools" })).toEqual([{ kind: "between_tools" }, false]);
  expect(off({ off: "omitted" })).toEqual([null, false]);
});

Deno.test("fitThinking() asks a model that cannot be stopped for its lowest effort", () => {
  const unstoppable = { off: "omitted", by_default: true, efforts: ["medium", "low"] } as const;
  const kinds = { adaptive: "adaptive", levels: "level", field: "field" } as const;
  for (const mode of ["adaptive", "levels", "field"] as const) {
    const model = row({ ...unstoppable, efforts: [...unstoppable.efforts], mode });
    expect(fitThinking(model, "none", inference)).toEqual({
      thinking: { kind: kinds[mode], effort: "low" },
      thinks: true,
      inference: { ...inference, ...silent },
    });
    expect(fitThinking(model, null, inference).thinking).toBeNull();
  }
  // No budget is asked for where there must be no thinking.
  expect(fitThinking(row({ off: "omitted", by_default: true }), "none", inference))
    .toEqual({ thinking: null, thinks: true, inference });
});

Deno.test("fitThinking() never asks for more tokens than the model has, nor for a budget out of bounds", () => {
  const tokens = fc.integer({ min: 1, max: 130_000 });
  const effort = fc.oneof(
    fc.constantFrom(...efforts, "adaptive" as const),
    fc.record({ budgetTokens: tokens, effort: fc.constantFrom(null, ...efforts) }),
  );
  fc.assert(fc.property(tokens, tokens, effort, (most, asked, effort) => {
    const maxTokens = Math.min(most, asked);
    const model = row({ efforts: ["low", "medium", "high", "xhigh", "max"] }, { max_tokens: most });
    const fitted = fitThinking(model, effort, { ...inference, maxTokens });
    const sent = fitted.inference.maxTokens ?? Infinity;
    expect(sent).toBeLessThanOrEqual(most);
    expect(sent).toBeGreaterThanOrEqual(maxTokens);
    if (fitted.thinking?.kind !== "budget") return;
    expect(fitted.thinking.budgetTokens).toBeGreaterThanOrEqual(1024);
    expect(fitted.thinking.budgetTokens).toBeLessThan(sent);
  }));
});
