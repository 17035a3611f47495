/** Guarded calls of every kind of model, against the stand-in. */
import "./node_crc32.ts";
import { expect } from "@std/expect";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import type { Asked } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { retryRule } from "../../../../../supabase/functions/_shared/runs/retry_policy.ts";
import { answerOf, image, pdf, text, toolResult, toolUse, user } from "../formats/blocks.ts";
import { bothWays, contentRows, plainly, prepared } from "./content_calls.ts";
import { type StandIn, withStandIn } from "./stand_in.ts";

const guardrail = { id: "abc123", version: "1" };

function guarded(row: Model, of: Partial<Asked>) {
  return prepared(row, { guardrail, ...of });
}

async function everyGuarded(body: (standIn: StandIn, row: Model) => Promise<void>) {
  await withStandIn(async (standIn) => {
    await standIn.control.setGuardrail("abc123", {
      words: [
        { word: "poison", on: "input" },
        { word: "overdose", on: "output" },
        { word: "Anna", action: "mask" },
      ],
    });
    for (const row of contentRows) await body(standIn, row);
  });
}

Deno.test("a blocked question and a blocked answer are interventions, with the words of the guardrail", () =>
  everyGuarded(async (standIn, row) => {
    for (
      const [words, said] of [
        ["Where is the poison?", "Sorry, I cannot answer this question."],
        ["Tell me of an overdose.", "Sorry, I cannot show this answer."],
      ] as const
    ) {
      for (
        const answer of await bothWays(standIn, guarded(row, { messages: [user(text(words))] }))
      ) {
        expect({ row: row.model_id, stop: answer.stopReason })
          .toEqual({ row: row.model_id, stop: "guardrail_intervened" });
        expect(answer.blocks).toEqual([{ type: "text", text: said }]);
        expect(answer.usage.inputTokens).toBeGreaterThan(0);
      }
    }
  }));

Deno.test("one blocked question does not block the turns after it, nor do turns of tools' results", () =>
  everyGuarded(async (standIn, row) => {
    const blocked = [
      user(text("Where is the poison?")),
      answerOf(row.model_id, text("Sorry, I cannot answer this question.")),
    ];
    const next = [...blocked, user(text("Where is the garden?"))];
    const called = [
      ...blocked,
      user(text("Find a bed.")),
      answerOf(row.model_id, toolUse("call00001", "find_bed")),
      user(toolResult("call00001", [text("Next to the poison.")])),
    ];
    const tools = row.capabilities.tools
      ? [{ name: "find_bed", description: null, inputSchema: { type: "object" } }]
      : [];
    for (const messages of [next, called]) {
      for (const answer of await bothWays(standIn, guarded(row, { messages, tools }))) {
        expect({ row: row.model_id, stop: answer.stopReason })
          .toEqual({ row: row.model_id, stop: "end_turn" });
        expect(textOf(answer.blocks)).toContain("Guarded blocks: 1.");
      }
    }
  }));

Deno.test("a blocked question blocks in a later message where its guardrail never saw it", () =>
  everyGuarded(async (standIn, row) => {
    const messages = [
      user(text("Where is the poison?")),
      answerOf(row.model_id, text("In the garden.")),
      user(text("Where there?")),
    ];
    for (const answer of await bothWays(standIn, guarded(row, { messages, unguarded: true }))) {
      expect({ row: row.model_id, stop: answer.stopReason })
        .toEqual({ row: row.model_id, stop: "guardrail_intervened" });
    }
  }));

Deno.test("words that are only masked leave an answer", () =>
  everyGuarded(async (standIn, row) => {
    const request = guarded(row, { messages: [user(text("How is Anna?"))] });
    for (const answer of await bothWays(standIn, request)) {
      expect(answer.stopReason).toBe("end_turn");
      expect(textOf(answer.blocks)).toContain("How is {NAME}?");
      expect(textOf(answer.blocks)).not.toContain("Anna");
    }
  }));

Deno.test("images and documents go beside guarded words", () =>
  everyGuarded(async (standIn, row) => {
    const { images, documents } = row.capabilities;
    const media = [...images ? [image()] : [], ...documents ? [pdf()] : []];
    const messages = [user(text("What is this?"), ...media)];
    for (const answer of await bothWays(standIn, guarded(row, { messages }))) {
      expect(answer.stopReason).toBe("end_turn");
      expect(textOf(answer.blocks)).toContain("Guarded blocks: ");
    }
  }));

Deno.test("a guardrail that cannot be applied fails the call, and no other model is tried", () =>
  everyGuarded(async (standIn, row) => {
    await standIn.control.setGuardrail("denied1", { access: "denied" });
    const cases = [
      [{ id: "missing1", version: "1" }, /guardrail_id/],
      [{ id: "abc123", version: "7" }, /guardrail_version/],
      [{ id: "denied1", version: "1" }, /bedrock:ApplyGuardrail/],
    ] as const;
    for (const [guardrail, hint] of cases) {
      const code = "bedrock_request_refused";
      await expect(plainly(standIn, prepared(row, { guardrail })))
        .rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
      expect(retryRule(code)).toMatchObject({ tries: 1, fallback: "none", verdict: "none" });
    }
  }));
