import { expect } from "@std/expect";
import fc from "fast-check";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import { chooseModels } from "../../../../../supabase/functions/_shared/runs/choose_models.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { explanationSchema } from "../../../../../supabase/functions/_shared/switching/explain.ts";
import { explainTurn } from "../../../../../supabase/functions/_shared/switching/explain_turn.ts";
import type { TurnFacts } from "../../../../../supabase/functions/_shared/switching/turn_facts.ts";
import { idOrNull, registriesWith } from "../selection/any_registry.ts";
import { registryOf, selectionRequest } from "../selection/registry_of.ts";

/** A turn of the clinical assistant that was answered, with what a test cares about. */
function turn(facts: Partial<TurnFacts> = {}): TurnFacts {
  return {
    request_id: "the request",
    message_id: "the answer",
    conversation_id: "the conversation",
    assistant_type: "clinical",
    at: "2026-11-29T10:00:00Z",
    ended_at: "2026-11-29T10:00:01Z",
    status: "complete",
    error_code: null,
    stop_reason: "end_turn",
    model_id: "own",
    model_name: "Own",
    reason: "assistant",
    requested_model: null,
    fallback_code: null,
    registry_version: 1,
    granted_usd: null,
    rollout: null,
    prompt_tokens: null,
    use_case: null,
    pinned_model_id: null,
    pin_known: true,
    content: { media: [], tool_results: 0 },
    calls: [],
    ...facts,
  };
}

/** Each rule as `rule model outcome code`. */
function told(facts: TurnFacts, registry: Registry): string[] {
  return explainTurn(facts, registry).rules.map(({ rule, model_id, outcome, code }) =>
    [rule, model_id, outcome, code].filter((part) => part !== null).join(" ")
  );
}

const registry = registryOf({
  own: {},
  standard: { is_default: true },
  third: {},
}, { clinical: "own", health: null });

Deno.test("explainTurn() lists the rules in their order, down to the one that decided", () => {
  expect(told(turn(), registry)).toEqual([
    "pinned names-none",
    "requested names-none",
    "assistant own answered",
  ]);
  const ofDefault = turn({ assistant_type: "health", model_id: "standard", reason: "default" });
  expect(told(ofDefault, registry)).toEqual([
    "pinned names-none",
    "requested names-none",
    "assistant names-none",
    "use_case names-none",
    "default standard answered",
  ]);
  expect(told(turn({ pinned_model_id: "third", model_id: "third", reason: "pinned" }), registry))
    .toEqual(["pinned third answered"]);
  expect(told(turn({ model_id: "third", reason: "requested" }), registry))
    .toEqual(["pinned names-none", "requested third answered"]);
  const triage = registryOf({ nurse: { use_case: "triage" } }, { clinical: null });
  expect(told(turn({ model_id: "nurse", reason: "use_case" }), triage).at(-1))
    .toBe("use_case nurse answered");
});

Deno.test("explainTurn() says which side of a rollout it was on, and why it was part of none", () => {
  const trying = registryOf({
    standard: { is_default: true },
    fresh: { canary_share: 20, rollout_id: 7 },
  }, { clinical: null });
  const rollout = {
    id: 7,
    side: "canary",
    share: 20,
    model_id: "fresh",
    is_watched: false,
  } as const;
  const canary = turn({ model_id: "fresh", reason: "canary", rollout });
  expect(told(canary, trying)).toEqual([
    "pinned names-none",
    "requested names-none",
    "canary fresh answered",
  ]);
  expect(explainTurn(canary, trying).summary)
    .toBe("Nova Lite answered, because it was the canary of rollout 7, with 20 percent.");
  const whyNot = (facts: Partial<TurnFacts>) =>
    explainTurn(turn({ model_id: "standard", reason: "default", ...facts }), trying)
      .rules.find(({ rule }) => rule === "canary")?.message;
  expect(whyNot({ rollout: { ...rollout, side: "former" } }))
    .toBe("Rollout 7 gave fresh 20 percent, and this was not among them.");
  expect(whyNot({ rollout: null })).toMatch(/^It was no part of rollout 7: /);
  const failed = turn({
    model_id: "standard",
    reason: "fallback",
    requested_model: "fresh",
    fallback_code: "bedrock_throttled",
    rollout,
  });
  expect(told(failed, trying).slice(2)).toEqual([
    "canary fresh passed-over bedrock_throttled",
    "assistant names-none",
    "use_case names-none",
    "default standard answered",
  ]);
  // Once it is pinned, the pin decides.
  const later = { pinned_model_id: "fresh", rollout };
  expect(told(turn({ model_id: "fresh", reason: "pinned", ...later }), trying))
    .toEqual(["pinned fresh answered"]);
  const reverted = registryOf({ standard: { is_default: true }, fresh: {} }, { clinical: null });
  const moved = turn({
    model_id: "standard",
    reason: "fallback",
    pinned_model_id: "fresh",
    requested_model: "fresh",
    fallback_code: "rollout_reverted",
  });
  expect(told(moved, reverted)).toEqual([
    "pinned fresh passed-over rollout_reverted",
    "requested names-none",
    "assistant names-none",
    "use_case names-none",
    "default standard answered",
  ]);
});

Deno.test("explainTurn() explains a call, which has no conversation and may have no assistant", () => {
  const call = turn({
    conversation_id: null,
    message_id: null,
    assistant_type: null,
    model_id: "standard",
    reason: "default",
    content: null,
  });
  expect(explainTurn(call, registry).rules.map(({ message }) => message)).toEqual([
    "A call belongs to no conversation that could be pinned to a model.",
    "The request named no model.",
    "The call was with no assistant.",
    "The call was for no use case.",
    "It answered.",
  ]);
});

Deno.test("explainTurn() says why each rule was passed over: off, retired, abroad, suspended, failed", () => {
  const passedOver = turn({ model_id: "standard", reason: "fallback" });
  const of = (own: Parameters<typeof registryOf>[0][string]) =>
    registryOf({ own, standard: { is_default: true } }, { clinical: "own" });
  const cases = [
    [of({ is_available: false }), "model_not_available", "own is not available."],
    [of({ lifecycle: "retired" }), "model_retired", "AWS has retired own; it no longer answers."],
    [of({ geographies: ["us"] }), "model_outside_geographies", expect.stringMatching(/in us;/)],
    [of({}), "modality_not_supported", "The model does not take such content."],
    [of({}), "model_suspended", "The model keeps failing and is suspended."],
    [of({}), "bedrock_throttled", "The model is throttled."],
  ] as const;
  for (const [registry, code, message] of cases) {
    const facts = { ...passedOver, requested_model: "own", fallback_code: code };
    expect(explainTurn(facts, registry).rules.slice(2)).toMatchObject([
      { rule: "assistant", model_id: "own", outcome: "passed-over", code, message },
      { rule: "use_case", outcome: "names-none" },
      { rule: "default", model_id: "standard", outcome: "answered" },
    ]);
    expect(explainTurn(facts, registry).summary).toMatch(/^Nova Lite answered, in place of own: /);
  }
});

const image = { kind: "image", media_type: "image/png", bytes: 5000 } as const;

Deno.test("explainTurn() says of models between why they were not called: they could not take it", () => {
  const seeing = registryOf({
    own: {},
    standard: { is_default: true },
    third: {
      capabilities: {
        ...textOnly,
        images: {
          max_count: 9,
          max_bytes: 9000,
          max_side: null,
          types: ["image/png"],
          in_tool_results: false,
        },
      },
    },
  }, { clinical: "own", health: null });
  const facts = turn({
    pinned_model_id: "own",
    model_id: "third",
    reason: "fallback",
    requested_model: "own",
    fallback_code: "modality_not_supported",
    content: { media: [image, image], tool_results: 1 },
  });
  const { rules, summary } = explainTurn(facts, seeing);
  expect(rules.map(({ rule, code, message }) => [rule, code, message])).toEqual([
    ["pinned", "modality_not_supported", "own takes no images."],
    ["requested", null, expect.any(String)],
    ["assistant", "modality_not_supported", "own takes no images."],
    ["use_case", null, expect.any(String)],
    ["default", "modality_not_supported", "standard takes no images."],
    ["priority", null, "It answered."],
  ]);
  expect(summary).toBe(
    "Nova Lite answered, in place of own: The model does not take such content. " +
      "The message had 2 images and 1 tool result.",
  );
  const ofDefault = (content: TurnFacts["content"]) =>
    explainTurn({ ...facts, content }, registry).rules.find(({ rule }) => rule === "default");
  expect(ofDefault({ media: [], tool_results: 0 })).toMatchObject({
    code: null,
    message: "No call is on record: it could not take the request's tools, or was not reached.",
  });
  expect(ofDefault(null)).toMatchObject({
    code: null,
    message: "No call is on record: it could not take the message's content, or was not reached.",
  });
});

Deno.test("explainTurn() says what was sent besides text, and nothing of text alone", () => {
  const sent = (content: TurnFacts["content"]) =>
    explainTurn(turn({ content }), registry).summary.split(". ")[1];
  const pdf = { kind: "document", media_type: "application/pdf", bytes: 1 } as const;
  expect(sent({ media: [pdf, image, pdf], tool_results: 2 }))
    .toBe("The message had 1 image, 2 documents and 2 tool results.");
  expect(sent({ media: [image], tool_results: 0 })).toBe("The message had 1 image.");
  expect([sent({ media: [], tool_results: 0 }), sent(null)]).toEqual([undefined, undefined]);
});

Deno.test("explainTurn() follows the pin, its end, its successor and what the request asked for", () => {
  const ended = registryOf({
    old: { lifecycle: "retired", successor_model_id: "new" },
    own: {},
    new: {},
    standard: { is_default: true },
  }, { clinical: "own" });
  const facts = turn({
    pinned_model_id: "old",
    model_id: "new",
    reason: "fallback",
    requested_model: "old",
    fallback_code: "model_retired",
  });
  expect(told(facts, ended)).toEqual([
    "pinned old passed-over model_retired",
    "successor new answered",
  ]);
  expect(explainTurn(facts, ended).rules[1]?.message).toBe(
    "It is the successor of old. It answered.",
  );
  // A model that was asked for and failed names itself: no rule named it first.
  const asked = turn({
    model_id: "own",
    reason: "fallback",
    requested_model: "standard",
    fallback_code: "bedrock_timeout",
  });
  expect(told(asked, registry)).toEqual([
    "pinned names-none",
    "requested standard passed-over bedrock_timeout",
    "assistant own answered",
  ]);
  const gone = turn({ pinned_model_id: "gone" });
  expect(explainTurn(gone, registry).rules[0]?.message).toMatch(/^gone, the conversation's pin,/);
  const deleted = turn({ pin_known: false });
  expect(explainTurn(deleted, registry).rules[0]?.message).toMatch(/^The conversation is deleted/);
});

Deno.test("explainTurn() tells calls that came to nothing, and stand-ins that are not allowed", () => {
  const strict = {
    ...registry,
    assistants: registry.assistants.map((row) => ({ ...row, fallback_models: ["third"] })),
  };
  const facts = turn({
    model_id: "third",
    reason: "fallback",
    requested_model: "own",
    fallback_code: "bedrock_bad_response",
    calls: [{ model_id: "own", error_code: "bedrock_bad_response", cost_usd: null }],
  });
  expect(told(facts, strict)).toEqual([
    "pinned names-none",
    "requested names-none",
    "assistant own passed-over bedrock_bad_response",
    "use_case names-none",
    "default standard passed-over not_a_fallback",
    "priority third answered",
  ]);
  const open = explainTurn(facts, registry).rules.find(({ rule }) => rule === "default");
  expect([open?.code, open?.message.slice(0, 24)]).toEqual([null, "No reason is on record: "]);
  const called = {
    ...facts,
    calls: [{ model_id: "standard", error_code: "bedrock_timeout", cost_usd: null }],
  };
  expect(told(called, registry)).toContain("default standard passed-over bedrock_timeout");
});

Deno.test("explainTurn() tells turns that failed, and answers that were cut short", () => {
  const failed = turn({
    status: "failed",
    error_code: "bedrock_access_denied",
    reason: "assistant",
  });
  const explained = explainTurn(failed, registry);
  expect(explained).toMatchObject({
    status: "failed",
    model_id: null,
    model_name: null,
    reason: null,
    summary: "No model answered: AWS denied access to the model. (own)",
  });
  expect(told(failed, registry)[2]).toBe("assistant own passed-over bedrock_access_denied");
  const refused = turn({ status: "failed", error_code: "no_model_available", model_id: null });
  const none = registryOf({ off: { is_available: false } }, { clinical: "off" });
  expect(told(refused, none)).toEqual([
    "pinned names-none",
    "requested names-none",
    "assistant off passed-over model_not_available",
    "use_case names-none",
    "default names-none",
    "priority names-none",
  ]);
  const partial = explainTurn(
    turn({ status: "partial", error_code: "bedrock_timeout" }),
    registry,
  );
  expect(partial.rules.at(-1)?.message)
    .toBe("It answered, until the answer was cut short: The model did not answer in time.");
  expect(partial.summary).toBe(
    "Nova Lite answered, because it is the own model of clinical. " +
      "The answer was cut short: The model did not answer in time.",
  );
});

Deno.test("explainTurn() lists no rules where the registry is not known, and says so", () => {
  expect(explainTurn(turn(), null)).toMatchObject({
    registry_known: false,
    model_id: "own",
    model_name: "Own",
    summary: "Own answered, because it is the own model of clinical. " +
      "The registry of version 1 is not on record, so the rules are not listed.",
    rules: [],
  });
  const abandoned = turn({
    status: "failed",
    error_code: "turn_abandoned",
    model_id: null,
    reason: null,
    registry_version: null,
  });
  expect(explainTurn(abandoned, null).summary).toBe(
    "No model answered: The instance stopped before the answer was stored. " +
      "No version of the registry is on record, so the rules are not listed.",
  );
});

Deno.test("explainTurn() says so where an instance had read another registry", () => {
  const facts = turn({ model_id: "elsewhere", reason: "default" });
  expect(explainTurn(facts, registry).rules.at(-1)).toEqual({
    rule: "default",
    model_id: "elsewhere",
    outcome: "answered",
    code: null,
    message: "It answered, though the rules above do not lead to it.",
  });
});

Deno.test("explainTurn() explains whatever the selection chooses, in every registry", () => {
  fc.assert(fc.property(registriesWith(["clinical"]), idOrNull, idOrNull, (registry, pin, asks) => {
    const request = selectionRequest(registry, { pinnedModelId: pin, requestedModelId: asks });
    let chosen;
    try {
      chosen = chooseModels(request, { fallback: true }).selected;
    } catch (error) {
      if (error instanceof AppError) return;
      throw error;
    }
    const { model, reason, replaced } = chosen;
    const explanation = explainTurn(
      turn({
        model_id: model.model_id,
        reason,
        pinned_model_id: pin,
        requested_model: replaced?.modelId ?? null,
        fallback_code: replaced?.code ?? null,
      }),
      registry,
    );
    expect(explanationSchema.parse(explanation)).toEqual(explanation);
    const { rules } = explanation;
    expect(rules.filter(({ outcome }) => outcome === "answered")).toHaveLength(1);
    expect(rules.at(-1)).toMatchObject({ outcome: "answered", model_id: model.model_id });
    expect(rules.at(-1)?.message).not.toMatch(/do not lead to it/);
    if (reason !== "fallback") expect(rules.at(-1)?.rule).toBe(reason);
    if (replaced !== null) {
      expect(rules).toContainEqual(
        expect.objectContaining({ model_id: replaced.modelId, code: replaced.code }),
      );
    }
  }));
});

Deno.test("explainTurn() says of a stand-in that a limit left too little for it", () => {
  const dear = { input_cost_per_mtok: 100, output_cost_per_mtok: 1_000 };
  const priced = registryOf({
    own: {},
    standard: { is_default: true, ...dear },
    second: { priority: 1, ...dear },
    unpriced: { priority: 2, output_cost_per_mtok: null },
    third: { priority: 3, input_cost_per_mtok: 1, output_cost_per_mtok: 10 },
  }, { clinical: "own" });
  const facts = turn({
    model_id: "third",
    reason: "fallback",
    requested_model: "own",
    fallback_code: "bedrock_access_denied",
    granted_usd: 0.3,
    prompt_tokens: 100,
    calls: [{ model_id: "own", error_code: "bedrock_model_error", cost_usd: 0.1 }],
  });
  expect(told(facts, priced).slice(2)).toEqual([
    "assistant own passed-over bedrock_access_denied",
    "use_case names-none",
    "default standard passed-over limit_exceeded",
    "priority second passed-over limit_exceeded",
    "priority unpriced passed-over price_unknown",
    "priority third answered",
  ]);
  const { rules } = explainTurn(facts, priced);
  expect(rules.map(({ message }) => message))
    .toContain("It would have cost more than a limit left.");
  // No limit in USD held, or it left enough: then nothing on record says why.
  for (const granted_usd of [null, 10]) {
    expect(told({ ...facts, granted_usd }, priced).slice(4)).toEqual([
      "default standard passed-over",
      ...granted_usd === null ? [] : ["priority unpriced passed-over price_unknown"],
      "priority third answered",
    ]);
  }
});

Deno.test("explainTurn() names the guardrail that intervened", () => {
  const stopped = turn({ stop_reason: "guardrail_intervened" });
  const guarded = {
    ...registry,
    assistants: registry.assistants.map((row) => ({
      ...row,
      guardrail_id: "abc1",
      guardrail_version: "3",
    })),
  };
  expect(explainTurn(stopped, guarded).summary).toBe(
    "Nova Lite answered, because it is the own model of clinical. Guardrail abc1, version 3, intervened.",
  );
  expect(explainTurn(stopped, null).summary).toContain("The assistant's guardrail intervened.");
  expect(explainTurn(turn(), guarded).summary).not.toContain("uardrail");
});
