import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import {
  type CallerScope,
  listNames,
  modelsOf,
  type NamedModel,
  resolveName,
} from "../../../../../supabase/functions/_shared/selection/named_model.ts";
import { registryOf } from "./registry_of.ts";

const free: CallerScope = { assistantType: null, models: null };

/** `lite` is the default; `clinical` has a model of its own and allows one more. */
function wards(): Registry {
  const registry = registryOf({
    lite: { is_default: true, priority: 1, aliases: ["small"], model_name: "Lite" },
    pro: { priority: 2, aliases: ["claude-pro", "big"], model_name: "Pro" },
    max: { priority: 3, aliases: ["claude-max"], model_name: "Max" },
    off: { priority: 4, is_available: false, aliases: ["claude-off"], model_name: "Off" },
  }, { health: null, clinical: "pro", closed: null });
  const assistants = registry.assistants.map((row) => ({
    ...row,
    ...row.assistant_type === "clinical" && { allowed_models: ["claude-max", "off", "gone"] },
    is_active: row.assistant_type !== "closed",
  }));
  return { ...registry, assistants };
}

/** What a name means, as `model, assistant`; the code where it is refused. */
function meaningOf(name: string, scope: CallerScope, registry = wards()): string {
  try {
    const { requestedModelId, assistantType }: NamedModel = resolveName(registry, name, scope);
    return `${requestedModelId}, ${assistantType}`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.param).toBe(error.code === "registry_invalid" ? undefined : "model");
    return error.code;
  }
}

const clinical: CallerScope = { assistantType: "clinical", models: null };
const limited: CallerScope = { assistantType: null, models: ["lite", "claude-pro", "gone"] };
const both: CallerScope = { assistantType: "clinical", models: ["claude-max"] };

const meanings: readonly [string, CallerScope, string][] = [
  ["pro", free, "pro, null"],
  ["big", free, "pro, null"],
  ["default", free, "null, null"],
  ["assistant/health", free, "null, health"],
  // Whether it can answer is the selection's to say.
  ["off", free, "off, null"],
  ["assistant/closed", free, "assistant_inactive"],
  ["assistant/none", free, "model_not_found"],
  ["assistant/", free, "model_not_found"],
  ["Big", free, "model_not_found"],
  ["", free, "model_not_found"],

  ["assistant/clinical/max", free, "max, clinical"],
  ["assistant/health/big", free, "pro, health"],
  ["assistant/health/off", free, "off, health"],
  ["assistant/closed/pro", free, "assistant_inactive"],
  ["assistant/none/pro", free, "model_not_found"],
  ["assistant/health/none", free, "model_not_found"],
  ["assistant/health/", free, "model_not_found"],
  ["assistant/health/default", free, "model_not_found"],

  ["default", clinical, "null, clinical"],
  ["assistant/clinical", clinical, "null, clinical"],
  ["pro", clinical, "pro, clinical"],
  ["claude-pro", clinical, "pro, clinical"],
  ["max", clinical, "max, clinical"],
  ["claude-max", clinical, "max, clinical"],
  ["lite", clinical, "key_scope"],
  ["small", clinical, "key_scope"],
  ["assistant/health", clinical, "key_scope"],
  ["assistant/none", clinical, "key_scope"],
  ["assistant/clinical/claude-max", clinical, "max, clinical"],
  ["assistant/clinical/lite", clinical, "key_scope"],
  ["assistant/health/pro", clinical, "key_scope"],
  ["gone", clinical, "model_not_found"],

  ["small", limited, "lite, null"],
  ["big", limited, "pro, null"],
  ["max", limited, "key_scope"],
  // Whose model is due then is judged when it is known.
  ["default", limited, "null, null"],
  ["assistant/clinical", limited, "null, clinical"],
  // Its `allowed_models` bind who is bound to it.
  ["assistant/clinical/lite", limited, "lite, clinical"],
  ["assistant/clinical/max", limited, "key_scope"],

  ["max", both, "max, clinical"],
  ["pro", both, "key_scope"],
  ["assistant/clinical/max", both, "max, clinical"],
  ["assistant/clinical/pro", both, "key_scope"],
];

Deno.test("resolveName() tells what a name means to a caller, or refuses it", () => {
  const told = meanings.map(([name, scope]) => [name, scope, meaningOf(name, scope)]);
  expect(told).toEqual(meanings);
});

Deno.test("resolveName() takes an id for a model before another's alias, and every name before a type", () => {
  const registry = registryOf({
    a: { aliases: ["assistant/health"] },
    default: { aliases: [] },
  }, { health: null });
  expect(meaningOf("assistant/health", free, registry)).toBe("a, null");
  expect(meaningOf("default", free, registry)).toBe("default, null");
});

Deno.test("resolveName() takes what the assistant allows: null any, and its own, which may be the default", () => {
  const bound = (allowed_models: string[] | null, own: string | null, name: string) => {
    const registry = registryOf({ a: { is_default: true }, b: {} }, { clinical: own });
    const assistants = registry.assistants.map((row) => ({ ...row, allowed_models }));
    return meaningOf(name, clinical, { ...registry, assistants });
  };
  expect(bound([], null, "a")).toBe("a, clinical");
  expect(bound([], null, "b")).toBe("key_scope");
  expect(bound([], "b", "a")).toBe("key_scope");
  expect(bound([], "b", "b")).toBe("b, clinical");
  expect(bound(null, "b", "a")).toBe("a, clinical");
});

Deno.test("resolveName() refuses a name whose row could not be read, and no other", () => {
  const problem = "format: Invalid option";
  const registry = { ...wards(), unreadable: ["lost", "odd"].map((name) => ({ name, problem })) };
  expect(meaningOf("lost", free, registry)).toBe("registry_invalid");
  expect(meaningOf("assistant/odd", free, registry)).toBe("registry_invalid");
  expect(meaningOf("pro", free, registry)).toBe("pro, null");
  expect(meaningOf("none", free, registry)).toBe("model_not_found");
});

Deno.test("resolveName() names in a refusal what the caller may use, and nothing of it in the log", () => {
  const refusal = (name: string, scope: CallerScope) => {
    try {
      resolveName(wards(), name, scope);
    } catch (error) {
      return error as AppError;
    }
    throw new Error("it is not refused");
  };
  const unknown = refusal("s3cret", clinical);
  expect(unknown.message).toContain('"s3cret"');
  expect(unknown.hint).toBe(
    "The caller may use: assistant/clinical, default, claude-max, big, claude-pro, max, pro",
  );
  expect(unknown.logged).not.toContain("s3cret");
  const forbidden = refusal("small", clinical);
  expect(forbidden.message).toContain('"small"');
  expect(forbidden.logged).not.toContain("small");
});

const names = (scope: CallerScope, registry = wards()) =>
  listNames(registry, scope).map(({ name, modelId }) => `${name}: ${modelId}`);

Deno.test("listNames() lists available models by id and alias, the default and active assistants", () => {
  expect(names(free)).toEqual([
    "lite: lite",
    "pro: pro",
    "max: max",
    "small: lite",
    "claude-pro: pro",
    "big: pro",
    "claude-max: max",
    "default: lite",
    "assistant/health: lite",
    "assistant/clinical: pro",
  ]);
  const shown = listNames(wards(), free);
  expect(shown.find(({ name }) => name === "big")?.displayName).toBe("Pro");
  expect(shown.find(({ name }) => name === "assistant/health")?.displayName).toBe("health");
});

Deno.test("listNames() lists for a bound caller what its assistant allows, and for a key its models", () => {
  expect(names(clinical)).toEqual([
    "pro: pro",
    "max: max",
    "claude-pro: pro",
    "big: pro",
    "claude-max: max",
    "default: pro",
    "assistant/clinical: pro",
  ]);
  expect(names(limited)).toEqual([
    "lite: lite",
    "pro: pro",
    "small: lite",
    "claude-pro: pro",
    "big: pro",
    "default: lite",
    "assistant/health: lite",
    "assistant/clinical: pro",
  ]);
  // What is due is outside the key's models, and is not replaced.
  expect(names(both)).toEqual([
    "max: max",
    "claude-max: max",
    "default: null",
    "assistant/clinical: null",
  ]);
});

Deno.test("listNames() tells what stands in for a model that cannot answer, within fallbacks and scope", () => {
  const registry = wards();
  const withOwn = (fallback_models: string[] | null) => ({
    ...registry,
    assistants: registry.assistants.map((row) => ({
      ...row,
      model_version: row.assistant_type === "health" ? "off" : row.model_version,
      fallback_models,
    })),
  });
  const meant = (fallbacks: string[] | null, models: string[] | null) =>
    names({ assistantType: "health", models }, withOwn(fallbacks)).at(-1);
  expect(meant(null, null)).toBe("assistant/health: lite");
  expect(meant(["max"], null)).toBe("assistant/health: max");
  expect(meant([], null)).toBe("assistant/health: null");
  expect(meant(null, ["off", "pro"])).toBe("assistant/health: pro");
  expect(meant(null, ["pro"])).toBe("assistant/health: null");
});

Deno.test("listNames() lists every name that resolveName() takes, and no other", () => {
  const registry = wards();
  const all = [
    ...registry.models.flatMap(({ model_id, aliases, is_available }) =>
      is_available ? [model_id, ...aliases] : []
    ),
    "default",
    ...registry.assistants.map(({ assistant_type }) => `assistant/${assistant_type}`),
  ];
  for (const scope of [free, clinical, limited, both]) {
    const taken = all.filter((name) => meaningOf(name, scope).includes(","));
    expect(listNames(registry, scope).map(({ name }) => name).toSorted()).toEqual(taken.toSorted());
  }
});

Deno.test("modelsOf() gives the ids of the models that may answer, by id or alias", () => {
  expect(modelsOf(wards(), free)).toBeNull();
  expect(modelsOf(wards(), limited)).toEqual(["lite", "pro"]);
  expect(modelsOf(wards(), { ...free, models: ["gone"] })).toEqual([]);
});
