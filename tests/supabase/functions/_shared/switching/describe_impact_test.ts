import { expect } from "@std/expect";
import fc from "fast-check";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Assistant } from "../../../../../supabase/functions/_shared/registry/assistant.ts";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import type { ImpactFigures } from "../../../../../supabase/functions/_shared/reports/impact_figures.ts";
import { chooseModels } from "../../../../../supabase/functions/_shared/runs/choose_models.ts";
import {
  changeRegistry,
  type IntendedChange,
} from "../../../../../supabase/functions/_shared/switching/change_registry.ts";
import { compareAnswers } from "../../../../../supabase/functions/_shared/switching/compare_answers.ts";
import {
  describeImpact,
  figuresFor,
} from "../../../../../supabase/functions/_shared/switching/describe_impact.ts";
import { affectedSchema } from "../../../../../supabase/functions/_shared/switching/impact.ts";
import { notableRise } from "../../../../../supabase/functions/_shared/switching/impact_warnings.ts";
import { registriesWith } from "../selection/any_registry.ts";
import { registryOf, selectionRequest } from "../selection/registry_of.ts";

const noCost = { turns: 0, unpriced: 0, actual_usd: 0, what_if_usd: 0, difference_usd: 0 };
const noFigures: ImpactFigures = { moves: [], cost: noCost, used: [], pinned: [] };

/** What a change of a registry does, at these figures. */
function impactOf(
  registry: Registry,
  change: IntendedChange,
  figures: Partial<ImpactFigures> | null = {},
) {
  const comparison = compareAnswers(registry, changeRegistry(registry, change));
  return describeImpact(comparison, figures && { ...noFigures, ...figures });
}

/** The id of the model that the next turn would be answered by; null where it would be refused. */
function answers(registry: Registry, assistantType: string, pinnedModelId: string | null = null) {
  try {
    const request = selectionRequest(registry, { assistantType, pinnedModelId });
    return chooseModels(request, { fallback: true }).selected.model.model_id;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

const types = ["clinical", "health", "operations"];
const registries = registriesWith(types);

Deno.test("describeImpact() names each assistant whose next turn another model answers, and no other", () => {
  fc.assert(fc.property(registries, registries, (before, after) => {
    const comparison = compareAnswers(before, after);
    const { affected } = describeImpact(comparison, noFigures);
    expect(affectedSchema.parse(affected)).toEqual(affected);
    expect(affected.assistants.map(({ assistant_type, from_model_id, to_model_id }) => [
      assistant_type,
      from_model_id,
      to_model_id,
    ])).toEqual(
      types.map((type) => [type, answers(before, type), answers(after, type)])
        .filter(([, from, to]) => from !== to),
    );
    for (const { to_model_id, reason } of affected.assistants) {
      expect(reason === null).toBe(to_model_id === null);
    }
  }));
});

Deno.test("describeImpact() says where the pinned conversations go that lose their model", () => {
  fc.assert(fc.property(registries, registries, (before, after) => {
    const comparison = compareAnswers(before, after);
    const pinned = figuresFor(comparison).modelIds.flatMap((model_id) =>
      types.map((assistant_type) => ({ assistant_type, model_id, conversations: 2, recent: 1 }))
    );
    const { conversations } = describeImpact(comparison, { ...noFigures, pinned }).affected;
    const lost = before.models.flatMap(({ model_id: id }) =>
      types.filter((type) =>
        // A pin that serves is what answers.
        answers(before, type, id) === id && serves(before, id, type) && !serves(after, id, type)
      ).map((type) => ({ id, type }))
    );
    expect(conversations.keep_model).toBe(lost.length === 0);
    if (lost.length > 0) {
      expect(conversations.pinned).toBe(2 * lost.length);
      expect(lost.map(({ id, type }) => answers(after, type, id)))
        .toContain(conversations.to_model_id);
    } else {
      expect(conversations.to_model_id).toBeNull();
    }
    expect(conversations.pinned).toBe(2 * Number(conversations.recent));
  }));
});

function serves({ models, settings, assistants }: Registry, id: string, type: string): boolean {
  const allows = assistants.find((row) => row.assistant_type === type)!.allow_provider_retention;
  return models.some((row) =>
    row.model_id === id && (allows || row.provider_retention === "none") && row.serves_pinned &&
    row.lifecycle !== "retired" &&
    row.geographies?.every((place) => settings.allowed_geographies.includes(place)) === true
  );
}

Deno.test("figuresFor() asks for the turns of each assistant that another model would answer", () => {
  const registry = registryOf({
    standard: { is_default: true },
    own: { successor_model_id: "new" },
    new: { input_cost_per_mtok: 7 },
  }, { clinical: "own", health: null });
  const asked = (change: IntendedChange) =>
    figuresFor(compareAnswers(registry, changeRegistry(registry, change)));
  expect(asked({ action: "disable", model_id: "own" })).toMatchObject({
    moves: [{
      assistant_type: "clinical",
      from_model_id: "own",
      to_model: { model_id: "new", input_cost_per_mtok: 7 },
    }],
    modelIds: ["own"],
  });
  // Those of pinned conversations move too, also of assistants that began them long ago.
  expect(
    asked({ action: "disable", model_id: "own", now: true }).moves.map((move) => [
      move.assistant_type,
      move.to_model?.["model_id"],
    ]),
  ).toEqual([["clinical", "new"], ["health", "new"]]);
  expect(asked({ action: "set-default", model_id: "standard" }))
    .toEqual({ moves: [], modelIds: [] });
});

const clinic = registryOf({
  standard: { is_default: true },
  own: {},
}, { clinical: "own", health: null });

Deno.test("describeImpact() counts the conversations pinned to the model of the assistants that move", () => {
  const pinned = [
    { assistant_type: "clinical", model_id: "own", conversations: 5, recent: 2 },
    { assistant_type: "health", model_id: "own", conversations: 3, recent: 1 },
  ];
  const of = (change: IntendedChange) =>
    impactOf(clinic, change, { pinned }).affected.conversations;
  const assign = {
    action: "set-assistant-model",
    assistant_type: "clinical",
    model_id: null,
  } as const;
  expect(of(assign)).toEqual({ pinned: 5, recent: 2, keep_model: true, to_model_id: null });
  const disable = { action: "disable", model_id: "own" } as const;
  expect(of(disable)).toEqual({ pinned: 8, recent: 3, keep_model: true, to_model_id: null });
  const stop = impactOf(clinic, { ...disable, now: true }, { pinned });
  expect(stop.affected.conversations)
    .toEqual({ pinned: 8, recent: 3, keep_model: false, to_model_id: "standard" });
  expect(stop.warnings).toContain(
    "8 conversations (3 used in the last 30 days) lose their model; standard answers most of them.",
  );
});

Deno.test("describeImpact() gives each assistant's turns, and says when figures are missing", () => {
  const moves = [{ assistant_type: "clinical", from_model_id: "own", turns: 12 }];
  const disable = { action: "disable", model_id: "own" } as const;
  expect(impactOf(clinic, disable, { moves }).affected.assistants).toEqual([{
    assistant_type: "clinical",
    name: "clinical",
    from_model_id: "own",
    to_model_id: "standard",
    reason: "fallback",
    turns: 12,
  }]);
  const { affected } = impactOf(clinic, disable, null);
  expect(affected.assistants).toMatchObject([{ to_model_id: "standard", turns: null }]);
  expect(affected.conversations)
    .toEqual({ pinned: null, recent: null, keep_model: true, to_model_id: null });
  expect(affected.cost).toBeNull();
  const cost = { turns: 2, unpriced: 2, actual_usd: 0, what_if_usd: 3, difference_usd: 3 };
  expect(impactOf(clinic, disable, { cost }).affected.cost)
    .toMatchObject({ unpriced: 2, actual_usd: null, what_if_usd: 3, difference_usd: null });
});

Deno.test("warnings name an assistant that is left without a model, and why", () => {
  const strict = {
    ...clinic,
    assistants: clinic.assistants.map((row) => ({ ...row, fallback_models: [] })),
  };
  const { affected, warnings } = impactOf(strict, { action: "disable", model_id: "own" });
  expect(affected.assistants).toMatchObject([{ to_model_id: null, reason: null }]);
  expect(warnings).toEqual([
    "clinical: its own model cannot answer. own is not available. " +
    "Its turns are refused with model_not_available, as its fallback_models name none.",
  ]);
  const all = impactOf(clinic, { action: "update-settings", allowed_geographies: ["us"] });
  expect(all.affected.assistants.map(({ to_model_id }) => to_model_id)).toEqual([null, null]);
  expect(all.warnings).toContain(
    "Available, but never selected, since their calls may leave the allowed geographies: " +
      "standard, own.",
  );
  // Turned off: no conversation of it keeps anything.
  const off = describeImpact(
    compareAnswers(clinic, {
      ...clinic,
      assistants: clinic.assistants.map((row) =>
        row.assistant_type === "clinical" ? { ...row, is_active: false } : row
      ),
    }),
    {
      ...noFigures,
      pinned: [{ assistant_type: "clinical", model_id: "own", conversations: 7, recent: 3 }],
    },
  );
  expect(off.affected.assistants)
    .toMatchObject([{ assistant_type: "clinical", from_model_id: "own", to_model_id: null }]);
  expect([off.affected.conversations.pinned, off.warnings])
    .toEqual([0, ["clinical: takes no turns any more; those of its conversations are refused."]]);
  // Nobody's own model and no default: nothing else says it.
  const bare = registryOf({ only: {} }, { clinical: null });
  expect(impactOf(bare, { action: "retire", model_id: "only" }).warnings[0])
    .toBe("clinical: no model can answer, so its turns are refused. No model is available.");
});

Deno.test("warnings name use cases, successors that cannot answer, and calls that no rule explains", () => {
  const registry = registryOf({
    standard: { is_default: true },
    triage: { use_case: "triage", successor_model_id: "off" },
    off: { is_available: false },
  }, { health: null });
  const used = [
    { assistant_type: "health", model_id: "triage", turns: 1 },
    { assistant_type: null, model_id: "triage", turns: 2 },
  ];
  const { affected, warnings } = impactOf(
    registry,
    { action: "retire", model_id: "triage" },
    { used },
  );
  expect(affected.assistants).toEqual([]);
  expect(warnings).toEqual([
    "Requests with use_case triage are answered by standard instead of triage.",
    "off, the successor of triage, cannot answer.",
    "health: 1 call of the last 30 days went to triage, although new conversations are answered " +
    "by another model.",
    "No assistant: 2 calls of the last 30 days went to triage.",
  ]);
  const none = { action: "retire", model_id: "triage", successor_model_id: null } as const;
  expect(impactOf(registry, none).warnings).toContain("triage has no successor on record.");
});

Deno.test("warnings tell a rise of the cost above a fifth, and what is not known of it", () => {
  const disable = { action: "disable", model_id: "own" } as const;
  const of = (cost: Partial<ImpactFigures["cost"]>) =>
    impactOf(clinic, disable, { cost: { ...noCost, turns: 10, actual_usd: 10, ...cost } }).warnings
      .filter((warning) => /cost/.test(warning));
  expect(notableRise).toBe(0.2);
  expect(of({ what_if_usd: 12 })).toEqual([]);
  expect(of({ what_if_usd: 25.5 })).toEqual([
    "The tokens of the last 30 days cost 25.50 USD instead of 10.00 USD: 155 % more.",
  ]);
  expect(of({ actual_usd: 0.001, what_if_usd: 0.00213 })).toEqual([
    "The tokens of the last 30 days cost 0.0021 USD instead of 0.001 USD: 113 % more.",
  ]);
  expect(of({ what_if_usd: 25, unpriced: 3 })).toEqual([
    "The actual cost of 3 of 10 calls is not known, so the difference is too high.",
  ]);
  const unpriced = {
    ...clinic,
    models: clinic.models.map((row) => ({ ...row, output_cost_per_mtok: null })),
  };
  expect(impactOf(unpriced, disable).warnings).toContainEqual(
    expect.stringMatching(
      /^The price of standard is not known for output tokens, so its cost cannot/,
    ),
  );
});

const image = {
  images: {
    max_count: 20,
    max_bytes: 3_750_000,
    max_side: null,
    types: ["image/png" as const],
    in_tool_results: false,
  },
};
const seeing = registryOf({
  standard: { is_default: true },
  own: { capabilities: { ...textOnly, ...image } },
}, { clinical: "own", health: null });

Deno.test("warnings name what an assistant's next model does not take, and the former took", () => {
  const disable = { action: "disable", model_id: "own" } as const;
  expect(impactOf(seeing, disable).warnings).toContain(
    "clinical: standard takes less than own: no images. Turns that need more are answered by a " +
      "fallback that takes it, or refused (modality_not_supported).",
  );
  expect(impactOf(clinic, disable).warnings.filter((each) => /takes less/.test(each))).toEqual([]);
  const all = { action: "set-default", model_id: "own" } as const;
  expect(impactOf(seeing, all).warnings.filter((each) => /takes less/.test(each))).toEqual([]);
});

Deno.test("warnings name an effort without effect, and a guardrail that is taken away", () => {
  const set = (values: Partial<Assistant>): Registry => ({
    ...clinic,
    assistants: clinic.assistants.map((row) =>
      row.assistant_type === "clinical" ? { ...row, ...values } : row
    ),
  });
  const of = (before: Registry, after: Registry) =>
    describeImpact(compareAnswers(before, after), noFigures).warnings;
  expect(of(clinic, set({ model_config: { effort: "high" } })))
    .toEqual(["clinical: its effort high has no effect: own does not think."]);
  expect(of(clinic, set({ model_config: { effort: "none" } }))).toEqual([]);
  const guarded = set({ guardrail_id: "abc1", guardrail_version: "1" });
  expect(of(clinic, guarded)).toEqual([]);
  expect(of(guarded, set({ guardrail_id: "abc2", guardrail_version: "1" }))).toEqual([]);
  expect(of(guarded, clinic))
    .toEqual(["clinical: no guardrail guards its answers any more; abc1 did."]);
});
