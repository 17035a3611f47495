import { expect } from "@std/expect";
import fc from "fast-check";
import { servedModels } from "../../../../../stand-in/models/served_models.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Asked } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { tokensOfPrompt } from "../../../../../supabase/functions/_shared/formats/token_estimate.ts";
import { demandOf } from "../../../../../supabase/functions/_shared/runs/demand.ts";
import { text, user } from "../formats/blocks.ts";
import { anyCall, prepare } from "../formats/read_as_model.ts";
import { formatsOf, servedRow } from "../formats/served_row.ts";

const called = servedModels.flatMap((served) =>
  formatsOf(served).map((format) => ({ served, row: servedRow(served, format) }))
);

function demandIn({ system, messages, tools, outputSchema }: Asked) {
  const question = messages.at(-1) ?? user();
  return demandOf({
    system,
    history: messages.slice(0, -1),
    question,
    tools,
    ...(outputSchema !== null && { outputSchema }),
    fallback: true,
  });
}

Deno.test("demandOf() is no less than what any model is sent of the same", () => {
  fc.assert(
    fc.property(anyCall(called), ({ row, asked, settings }) => {
      try {
        const sent = tokensOfPrompt(prepare(row, asked, settings));
        expect(demandIn(asked).input_tokens).toBeGreaterThanOrEqual(sent);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("demandOf() tells what the caller sets, and whether the model may be asked to think", () => {
  const asked = { history: [], question: user(text("Hi")), fallback: false };
  expect(demandOf(asked)).toMatchObject({
    max_tokens: null,
    thinks: false,
    fallback: false,
    least_tokens: 256,
  });
  const thinks = [
    [{ effort: "none" }, false],
    [{ effort: "low" }, true],
    [{ thinking: { type: "adaptive" } }, true],
    [{ thinking: { type: "enabled", budgetTokens: 2_000 } }, true],
    [{ thinking: { type: "disabled" }, effort: "low" }, false],
    [{ thinking: { type: "unasked" }, effort: "low" }, true],
    [{ thinking: { type: "unasked" } }, false],
  ] as const;
  for (const [settings, expected] of thinks) {
    expect([settings, demandOf({ ...asked, settings }).thinks]).toEqual([settings, expected]);
  }
  expect(demandOf({ ...asked, settings: { max_tokens: 30 } }).max_tokens).toBe(30);
});
