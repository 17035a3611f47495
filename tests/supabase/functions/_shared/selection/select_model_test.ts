import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import { eachCandidate } from "../../../../../supabase/functions/_shared/selection/candidates.ts";
import { selectModel } from "../../../../../supabase/functions/_shared/selection/select_model.ts";
import type { SelectionRequest } from "../../../../../supabase/functions/_shared/selection/selection.ts";
import { registryOf, selectionRequest } from "./registry_of.ts";

const off = { is_available: false };
const retired = { lifecycle: "retired" } as const;

function select(registry: Registry, request: Partial<SelectionRequest> = {}) {
  const { model, reason, replaced } = selectModel(selectionRequest(registry, request));
  return [model.model_id, reason, replaced && `${replaced.modelId} ${replaced.code}`];
}

/** The model that is due, though another is tried before it or stands in for it; undefined: none. */
function due(registry: Registry, request: Partial<SelectionRequest> = {}): string | undefined {
  const candidates = [...eachCandidate(selectionRequest(registry, request))];
  return candidates.find(({ isDue }) => isDue)?.model.model_id;
}

function refusal(registry: Registry, request: Partial<SelectionRequest>): AppError {
  try {
    select(registry, request);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("Nothing was refused.");
}

Deno.test("selectModel() keeps a pinned conversation on its model", () => {
  const registry = registryOf({ a: {}, b: { is_default: true } }, { clinical: "b" });
  expect(select(registry, { pinnedModelId: "a" })).toEqual(["a", "pinned", null]);
});

Deno.test("selectModel() keeps a pinned conversation on a disabled model", () => {
  const registry = registryOf({ a: off, b: { is_default: true } });
  expect(select(registry, { pinnedModelId: "a" })).toEqual(["a", "pinned", null]);
});

Deno.test("selectModel() goes on to the model of a new conversation when the pin serves no more, or is gone", () => {
  const ended = { ...off, serves_pinned: false };
  const registry = registryOf({ a: ended, b: { is_default: true }, c: {} });
  const expected = ["b", "fallback", "a model_not_available"];
  expect(select(registry, { pinnedModelId: "a" })).toEqual(expected);
  expect(due(registry, { pinnedModelId: "a" })).toBe("b");
  expect(select(registry, { pinnedModelId: "gone" })).toEqual(["b", "default", null]);

  const succeeded = registryOf({ a: { ...ended, successor_model_id: "c" }, b: {}, c: {} }, {
    clinical: "b",
  });
  expect(select(succeeded, { pinnedModelId: "a" })[0]).toBe("c");
  expect(due(succeeded, { pinnedModelId: "a" })).toBe("b");
});

Deno.test("selectModel() chooses as for a new conversation when the pin takes new ones only", () => {
  const models = { a: { serves_pinned: false }, b: { priority: 1 } };
  const pinned = { pinnedModelId: "a" };
  expect(select(registryOf(models), pinned)).toEqual(["b", "priority", null]);
  expect(select(registryOf(models, { clinical: "a" }), pinned)).toEqual(["a", "assistant", null]);
});

Deno.test("selectModel() lets a pinned conversation ask for its own model", () => {
  const registry = registryOf({ a: off, b: { is_default: true } });
  expect(select(registry, { pinnedModelId: "a", requestedModelId: "a" }))
    .toEqual(["a", "pinned", null]);
});

Deno.test("selectModel() refuses another model in a pinned conversation, also one that does not exist", () => {
  const registry = registryOf({ a: {}, b: {} });
  for (const requestedModelId of ["b", "unknown"]) {
    const error = refusal(registry, { pinnedModelId: "a", requestedModelId });
    expect(error.code).toBe("conversation_pinned");
    expect(error.message).toBe("The conversation is pinned to a.");
  }
});

Deno.test("selectModel() lets a conversation ask for another model once its pin cannot serve", () => {
  const registry = registryOf({
    a: { ...retired, successor_model_id: "b" },
    b: {},
    c: {},
    d: { serves_pinned: false },
  });
  for (const pinnedModelId of ["a", "d", "gone"]) {
    expect(select(registry, { pinnedModelId, requestedModelId: "c" }))
      .toEqual(["c", "requested", null]);
  }
});

Deno.test("selectModel() takes the model that is asked for before any other rule", () => {
  const registry = registryOf(
    { a: {}, b: { is_default: true, use_case: "clinical", priority: 1 } },
    { clinical: "b" },
  );
  expect(select(registry, { requestedModelId: "a" })).toEqual(["a", "requested", null]);
});

Deno.test("selectModel() refuses an unknown model and lists the available ones", () => {
  const registry = registryOf({ a: { priority: 2 }, b: { priority: 1 }, c: off, d: retired });
  const error = refusal(registry, { requestedModelId: "x" });
  expect(error.code).toBe("model_not_found");
  expect(error.hint).toBe("Available: b, a");
});

Deno.test("selectModel() refuses a disabled model and lists the available ones", () => {
  const error = refusal(registryOf({ a: off, b: {} }), { requestedModelId: "a" });
  expect(error.code).toBe("model_not_available");
  expect(error.hint).toBe("Available: b");
});

Deno.test("selectModel() refuses a retired model and names its successor", () => {
  const registry = registryOf({ a: { ...retired, successor_model_id: "b" }, b: {} });
  const error = refusal(registry, { requestedModelId: "a" });
  expect(error.code).toBe("model_retired");
  expect(error.hint).toBe("Its successor is b.");
});

Deno.test("selectModel() takes the assistant's own model", () => {
  const registry = registryOf(
    { a: {}, b: { use_case: "clinical", priority: 1, is_default: true } },
    { clinical: "a", health: "b" },
  );
  expect(select(registry)).toEqual(["a", "assistant", null]);
});

const cannotAnswer = [
  ["disabled", off, "model_not_available"],
  ["disabled at once", { ...off, serves_pinned: false }, "model_not_available"],
  ["retired", retired, "model_retired"],
  ["outside the geographies", { geographies: ["us"] }, "model_outside_geographies"],
] as const;

for (const [given, row, code] of cannotAnswer) {
  Deno.test(`selectModel() lets others stand in for the assistant's own model that is ${given}`, () => {
    const b = { use_case: "clinical" };
    const c = { is_default: true };
    const assigned = registryOf({ a: row as Partial<Model>, b, c }, { clinical: "a" });
    expect(select(assigned)).toEqual(["b", "fallback", `a ${code}`]);
    expect(due(assigned)).toBeUndefined();
    const pinned = { pinnedModelId: "a" };
    if (code !== "model_not_available" || "serves_pinned" in row) {
      expect(select(assigned, pinned)).toEqual(["b", "fallback", `a ${code}`]);
      expect(due(assigned, pinned)).toBeUndefined();
    }
    expect(select(assigned, { requestedModelId: "c" })).toEqual(["c", "requested", null]);
  });
}

Deno.test("selectModel() says so when the default or the model of a use case cannot answer", () => {
  for (const [, row, code] of cannotAnswer.slice(2)) {
    const model = row as Partial<Model>;
    const standard = registryOf({ a: { ...model, is_default: true }, b: {} });
    expect(select(standard)).toEqual(["b", "fallback", `a ${code}`]);
    const ofUse = registryOf({ a: { ...model, use_case: "clinical" }, b: { is_default: true } });
    expect(select(ofUse)).toEqual(["b", "fallback", `a ${code}`]);
  }
});

Deno.test("selectModel() takes the model of the use case with the lowest priority, then model_id", () => {
  const registry = registryOf({
    a: { is_default: true },
    d: { use_case: "clinical", priority: 5 },
    c: { use_case: "clinical", priority: 5 },
    e: { use_case: "clinical", priority: 1, ...off },
    f: { use_case: "triage", priority: 9 },
  });
  expect(select(registry)).toEqual(["c", "use_case", null]);
  expect(select(registry, { useCase: "triage" })).toEqual(["f", "use_case", null]);
  expect(select(registry, { useCase: "nothing" })).toEqual(["a", "default", null]);
});

Deno.test("selectModel() takes the default, and without one the first by priority", () => {
  const registry = registryOf({ a: { priority: 1 }, b: { priority: 2, is_default: true } });
  expect(select(registry)).toEqual(["b", "default", null]);
  const without = registryOf({
    b: { priority: 1 },
    a: { priority: 1 },
    c: { priority: 0, ...off },
  });
  expect(select(without)).toEqual(["a", "priority", null]);
});

Deno.test("selectModel() hands a retired pin's conversation to the successor at the end of the chain", () => {
  const registry = registryOf({
    a: { ...retired, successor_model_id: "b" },
    b: { ...retired, successor_model_id: "c" },
    c: {},
    d: { is_default: true },
  });
  for (const requestedModelId of [null, "a"]) {
    expect(select(registry, { pinnedModelId: "a", requestedModelId }))
      .toEqual(["c", "fallback", "a model_retired"]);
  }
});

Deno.test("selectModel() replaces the retired model of an assistant, a use case and the default", () => {
  const a = { ...retired, successor_model_id: "b" };
  const rest = { b: { priority: 9 }, c: { priority: 1 } };
  const expected = ["b", "fallback", "a model_retired"];
  expect(select(registryOf({ a, ...rest }, { clinical: "a" }))).toEqual(expected);
  expect(select(registryOf({ a: { ...a, use_case: "clinical" }, ...rest }))).toEqual(expected);
  expect(select(registryOf({ a: { ...a, is_default: true }, ...rest }))).toEqual(expected);
});

Deno.test("selectModel() goes on where successors lead nowhere: off, gone, none, or in a circle", () => {
  const rest = { off, z: { is_default: true } };
  for (const successor_model_id of ["off", "gone", "a", "b", null]) {
    const registry = registryOf({
      a: { ...retired, successor_model_id },
      b: { ...retired, successor_model_id: "a" },
      ...rest,
    });
    expect(select(registry, { pinnedModelId: "a" })).toEqual(["z", "fallback", "a model_retired"]);
  }
});

Deno.test("selectModel() says when no model is available", () => {
  expect(refusal(registryOf({ a: off, b: retired }), {}).code).toBe("no_model_available");
  expect(refusal(registryOf({}), {}).code).toBe("no_model_available");
});
