import { expect } from "@std/expect";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import {
  assignRollout,
  sideOf,
} from "../../../../../supabase/functions/_shared/runs/assign_rollout.ts";
import type { RunQuestion } from "../../../../../supabase/functions/_shared/runs/run_plan.ts";
import type { Side } from "../../../../../supabase/functions/_shared/selection/rollout_side.ts";
import { registryOf } from "../selection/registry_of.ts";

/** A question of a new conversation, with what a test cares about. */
function question(of: Partial<RunQuestion> = {}): RunQuestion & { historyTokens: number } {
  return {
    history: [],
    historyLength: 0,
    historyTokens: 1000,
    question: { role: "user", blocks: [{ type: "text", text: "Hi" }], modelId: null },
    assistantType: "health",
    pinnedModelId: null,
    requestedModelId: null,
    useCase: null,
    fallback: true,
    unit: unitOn("canary"),
    ...of,
  };
}

/** Two models, of which `fresh` is tried out; `present` is the default. */
function trying(fresh: Partial<Model> = {}, more: Record<string, Partial<Model>> = {}): Registry {
  return registryOf({
    present: { is_default: true },
    fresh: { canary_share: 50, rollout_id: 7, ...fresh },
    ...more,
  }, { health: null, clinical: "present" });
}

/** The first unit on a side of rollout 7 at 50 percent. */
function unitOn(side: Side): string {
  for (let n = 0;; n++) if (sideOf(7, `unit ${n}`, 50) === side) return `unit ${n}`;
}

const canary = { rolloutId: 7, side: "canary", share: 50 } as const;
const former = { ...canary, side: "former" } as const;

Deno.test("assignRollout() puts a unit on its side, and gives the canary's the canary", () => {
  const unit = unitOn("canary");
  expect(assignRollout(trying(), question()))
    .toEqual({ ...canary, unit, canaryModelId: "fresh" });
  expect(assignRollout(trying(), question({ unit: unitOn("former") })))
    .toEqual({ ...former, unit: unitOn("former"), canaryModelId: null });
  expect(assignRollout(trying({ canary_share: null, rollout_id: null }), question())).toBeNull();
});

Deno.test("sideOf() gives each share its part of 10,000 conversations, and more to a larger one", () => {
  const units = Array.from({ length: 10_000 }, (_, n) => `conversation ${n}`);
  let before = new Set<string>();
  for (const share of [1, 5, 10, 25, 50, 75, 100]) {
    const on = new Set(units.filter((unit) => sideOf(3, unit, share) === "canary"));
    expect(Math.abs(on.size / 100 - share)).toBeLessThanOrEqual(1);
    expect([...before].every((unit) => on.has(unit))).toBe(true);
    before = on;
  }
});

Deno.test("assignRollout() keeps a conversation on its side, whatever the share becomes", () => {
  const all = trying({ canary_share: 100 });
  expect(assignRollout(all, question({ assigned: former })))
    .toMatchObject({ ...former, canaryModelId: null });
  // Of another rollout.
  expect(assignRollout(all, question({ assigned: { ...former, rolloutId: 6 } })))
    .toMatchObject({ rolloutId: 7, side: "canary", share: 100 });
});

Deno.test("assignRollout() counts a pinned conversation while its side's model answers it", () => {
  const pinned = (pinnedModelId: string, of: Partial<RunQuestion>) =>
    assignRollout(trying({}, { third: {} }), question({ pinnedModelId, ...of }));
  expect(pinned("fresh", { assigned: canary })).toMatchObject({ ...canary, canaryModelId: null });
  expect(pinned("present", { assigned: former })).toMatchObject({ ...former, canaryModelId: null });
  // What stood in when it began.
  expect(pinned("third", { assigned: canary })).toBeNull();
  expect(pinned("third", { assigned: former })).toBeNull();
  // From before the rollout.
  expect(pinned("present", {})).toBeNull();
  // A pin that ended with another rollout.
  expect(pinned("third", { pinIsReverted: true })).toMatchObject({ canaryModelId: "fresh" });
});

Deno.test("assignRollout() leaves out what only one of the models can take, or another rule decides", () => {
  const image = {
    type: "image",
    mediaType: "image/png",
    source: { kind: "base64", data: "iVBORw0KGgo=" },
  } as const;
  const { images } = trying().models[0]!.capabilities;
  const seeing = {
    ...textOnly,
    images: images ?? {
      max_count: 9,
      max_bytes: 9000,
      max_side: null,
      types: ["image/png" as const],
      in_tool_results: false,
    },
  };
  const tools = [{ name: "look_up", description: "", inputSchema: { type: "object" } }];
  const withImage = question({ question: { role: "user", blocks: [image], modelId: null } });
  const present = { is_default: true, capabilities: seeing };
  const fresh = { canary_share: 50, rollout_id: 7, capabilities: seeing };
  const of = (models: Record<string, Partial<Model>>) => registryOf(models, { health: null });
  expect(assignRollout(of({ present, fresh }), withImage)).not.toBeNull();
  for (const blind of ["present", "fresh"] as const) {
    const models = { present, fresh };
    models[blind] = { ...models[blind], capabilities: textOnly } as never;
    expect(assignRollout(of(models), withImage)).toBeNull();
    expect(assignRollout(of(models), question({ tools }))).toBeNull();
    expect(assignRollout(of(models), question())).not.toBeNull();
    // Also of a conversation that is on a side already: it counts without this question.
    const pinned = { pinnedModelId: "fresh", assigned: canary };
    expect(assignRollout(of(models), { ...withImage, ...pinned })).toBeNull();
  }
  expect(assignRollout(trying(), question({ requestedModelId: "present" }))).toBeNull();
  expect(assignRollout(trying(), question({ assistantType: "clinical" }))).toBeNull();
  expect(assignRollout(trying({}, { nurse: { use_case: "health" } }), question())).toBeNull();
  expect(assignRollout(trying({ is_available: false }), question())).toBeNull();
  expect(assignRollout(trying({ geographies: ["us"] }), question())).toBeNull();
  for (const permittedModelIds of [["present"], ["fresh"]]) {
    expect(assignRollout(trying(), question({ permittedModelIds }))).toBeNull();
  }
  expect(assignRollout(trying(), question({ permittedModelIds: ["present", "fresh"] })))
    .not.toBeNull();
});

Deno.test("assignRollout() leaves out what only one of the models has room for", () => {
  const long = {
    role: "user",
    blocks: [{ type: "text", text: "word ".repeat(2000) }],
    modelId: null,
  } as const;
  // About 3,300 tokens.
  const small = { context_window: 3000, max_tokens: 100 };
  expect(assignRollout(trying(), question({ question: long }))).not.toBeNull();
  expect(assignRollout(trying(small), question({ question: long }))).toBeNull();
  expect(
    assignRollout(
      trying({}, { present: { is_default: true, ...small } }),
      question({ question: long }),
    ),
  )
    .toBeNull();
  // The history of a turn is cut, that of a call is not.
  const withHistory = question({ history: [long] });
  expect(assignRollout(trying(small), withHistory)).not.toBeNull();
  expect(assignRollout(trying(small), { ...withHistory, historyTokens: null })).toBeNull();
});

Deno.test("assignRollout() gives an assistant's rollout the precedence, and watches switches", () => {
  const own = trying();
  const assistants = own.assistants.map((row) => ({
    ...row,
    ...(row.assistant_type === "health" &&
      { canary_model_id: "fresh", canary_share: 100, rollout_id: 9 }),
  }));
  expect(assignRollout({ ...own, assistants }, question()))
    .toMatchObject({ rolloutId: 9, share: 100, canaryModelId: "fresh" });
  const watched = registryOf({ present: { is_default: true, rollout_id: 8 }, old: {} }, {
    health: null,
  });
  expect(assignRollout(watched, question()))
    .toMatchObject({ rolloutId: 8, side: "canary", share: 100, canaryModelId: null });
});
