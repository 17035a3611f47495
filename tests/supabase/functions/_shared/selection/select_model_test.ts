import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import { selectModel } from "../../../../../supabase/functions/_shared/selection/select_model.ts";
import type { SelectionRequest } from "../../../../../supabase/functions/_shared/selection/selection.ts";
import { registryOf, selectionRequest } from "./registry_of.ts";

const off = { is_available: false };
const retired = { lifecycle: "retired" } as const;

function select(registry: Registry, request: Partial<SelectionRequest> = {}) {
  const { model, reason, replacedModelId } = selectModel(selectionRequest(registry, request));
  return [model.model_id, reason, replacedModelId];
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

Deno.test("selectModel() goes on to the other rules when the pin serves no more, or is gone", () => {
  const registry = registryOf({ a: { ...off, serves_pinned: false }, b: { is_default: true } });
  expect(select(registry, { pinnedModelId: "a" })).toEqual(["b", "default", null]);
  expect(select(registry, { pinnedModelId: "gone" })).toEqual(["b", "default", null]);
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

Deno.test("selectModel() passes over the assistant's model while it is disabled", () => {
  const registry = registryOf({ a: off, b: { is_default: true } }, { clinical: "a" });
  expect(select(registry)).toEqual(["b", "default", null]);
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
      .toEqual(["c", "fallback", "a"]);
  }
});

Deno.test("selectModel() replaces the retired model of an assistant, a use case and the default", () => {
  const a = { ...retired, successor_model_id: "b" };
  const rest = { b: { priority: 9 }, c: { priority: 1 } };
  const expected = ["b", "fallback", "a"];
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
    expect(select(registry, { pinnedModelId: "a" })).toEqual(["z", "default", null]);
  }
});

Deno.test("selectModel() says when no model is available", () => {
  expect(refusal(registryOf({ a: off, b: retired }), {}).code).toBe("no_model_available");
  expect(refusal(registryOf({}), {}).code).toBe("no_model_available");
});
