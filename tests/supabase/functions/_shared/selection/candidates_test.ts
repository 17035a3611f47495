import { expect } from "@std/expect";
import fc from "fast-check";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { eachCandidate } from "../../../../../supabase/functions/_shared/selection/candidates.ts";
import { selectModel } from "../../../../../supabase/functions/_shared/selection/select_model.ts";
import type {
  ContentNeeds,
  Selection,
  SelectionRequest,
} from "../../../../../supabase/functions/_shared/selection/selection.ts";
import { anyNeeds, idOrNull, registriesWith } from "./any_registry.ts";
import { registryOf, selectionRequest } from "./registry_of.ts";

function listed(request: SelectionRequest): string[] {
  return [...eachCandidate(request)].map(({ model, reason }) => `${model.model_id} ${reason}`);
}

Deno.test("eachCandidate() lists each model once, in the order of the rules", () => {
  const registry = registryOf({
    a: { is_available: false },
    b: {},
    c: { use_case: "clinical", priority: 2 },
    d: { use_case: "clinical", priority: 1 },
    e: { is_default: true },
    f: { priority: 500 },
    g: { is_available: false },
  }, { clinical: "b" });
  expect(listed(selectionRequest(registry, { pinnedModelId: "a" }))).toEqual([
    "a pinned",
    "b assistant",
    "d use_case",
    "c use_case",
    "e default",
    "f priority",
  ]);
});

Deno.test("eachCandidate() puts the successor of a legacy model right after it", () => {
  const registry = registryOf({
    old: { lifecycle: "legacy", successor_model_id: "new" },
    new: { priority: 900 },
    standard: { is_default: true },
  }, { clinical: "old" });
  expect(listed(selectionRequest(registry)))
    .toEqual(["old assistant", "new fallback", "standard default"]);
  expect(
    [...eachCandidate(selectionRequest(registry))].map(({ isDue, replaced }) => [isDue, replaced]),
  )
    .toEqual([[true, null], [false, null], [false, null]]);
});

const registries = registriesWith(["clinical"]);
const requests = fc.record({
  registry: registries,
  pinnedModelId: idOrNull,
  requestedModelId: idOrNull,
  assistantType: fc.constantFrom("clinical", "health", null),
  useCase: fc.constantFrom(null, "triage", "clinical"),
  needs: anyNeeds,
});

function outcome(request: SelectionRequest): unknown {
  try {
    return [...eachCandidate(request)];
  } catch (error) {
    if (error instanceof AppError) return [error.code, error.message];
    throw error;
  }
}

/** Only `eu` is allowed in these registries. */
const staysInside = (model: Model) => String(model.geographies) === "eu";

/** An assistant that is not in the registry allows nothing. */
function isKept(model: Model, { registry, assistantType }: SelectionRequest): boolean {
  const assistant = registry.assistants.find((row) => row.assistant_type === assistantType);
  return model.provider_retention !== "none" &&
    !(assistantType === null
      ? registry.settings.allow_provider_retention
      : assistant?.allow_provider_retention ?? false);
}

function isUsable(model: Model, request: SelectionRequest): boolean {
  return model.is_available && model.lifecycle !== "retired" && staysInside(model) &&
    !isKept(model, request);
}

/** By the row alone. */
function takes({ capabilities }: Model, needs: ContentNeeds): boolean {
  const { images, documents, tools } = capabilities;
  const fits = (kind: "image" | "document", limits: typeof images | typeof documents) => {
    // Text is read by all.
    const media = needs.media.filter((each) =>
      each.kind === kind && !each.mediaType.startsWith("text/")
    );
    return media.length <= (limits?.max_count ?? 0) &&
      media.every(({ bytes }) => bytes <= (limits?.max_bytes ?? 0)) &&
      media.every(({ mediaType }) => limits?.types.some((type) => type === mediaType) ?? false);
  };
  const most = images?.max_side ?? Infinity;
  return fits("image", images) && fits("document", documents) &&
    needs.media.every(({ side }) => (side ?? 0) <= most) &&
    (!needs.tools || tools !== undefined);
}

Deno.test("eachCandidate() holds every available model that takes the question once, and besides them at most the pin", () => {
  fc.assert(fc.property(requests, (request) => {
    const list = outcome(request) as Selection[];
    fc.pre(typeof list[0] !== "string");
    const found = list.map(({ model }) => model.model_id);
    expect(new Set(found).size).toBe(found.length);
    const available = request.registry.models
      .filter((model) => isUsable(model, request) && takes(model, request.needs))
      .map((model) => model.model_id);
    expect(found).toEqual(expect.arrayContaining(available));
    for (const { model, reason, replaced } of list) {
      expect(model.lifecycle).not.toBe("retired");
      expect(staysInside(model)).toBe(true);
      expect(isKept(model, request)).toBe(false);
      expect(takes(model, request.needs)).toBe(true);
      expect(isUsable(model, request) || (reason === "pinned" && model.serves_pinned)).toBe(true);
      expect(replaced).toEqual(list[0]!.replaced);
      expect(replaced === null || reason === "fallback").toBe(true);
      expect(replaced?.modelId).not.toBe(model.model_id);
    }
    expect(list.filter(({ isDue }) => isDue).length).toBeLessThanOrEqual(1);
    if (list[0]?.replaced === null) expect(list[0].isDue).toBe(true);
  }));
});

Deno.test("eachCandidate() lets no model stand in silently for one that the rules name", () => {
  fc.assert(fc.property(requests, ({ registry, assistantType, needs }) => {
    const request = selectionRequest(registry, { assistantType, needs });
    const own = registry.assistants.find((row) => row.assistant_type === assistantType)
      ?.model_version;
    const named = registry.models.find(({ model_id }) => model_id === own);
    fc.pre(named !== undefined);
    const list = [...eachCandidate(request)];
    if (isUsable(named!, request) && takes(named!, needs)) {
      expect(list[0]).toMatchObject({ model: named, reason: "assistant", isDue: true });
      return;
    }
    const code = named!.lifecycle === "retired"
      ? "model_retired"
      : !named!.is_available
      ? "model_not_available"
      : !staysInside(named!)
      ? "model_outside_geographies"
      : isKept(named!, request)
      ? "provider_retains_data"
      : "modality_not_supported";
    for (const each of list) {
      expect(each).toMatchObject({
        reason: "fallback",
        replaced: { modelId: own, code },
        isDue: false,
      });
    }
  }));
});

Deno.test("eachCandidate() is deterministic and independent of the order of rows", () => {
  fc.assert(fc.property(requests, fc.infiniteStream(fc.nat()), (request, keys) => {
    const shuffled = request.registry.models
      .map((model) => ({ model, key: keys.next().value as number }))
      .sort((a, b) => a.key - b.key)
      .map(({ model }) => model);
    const other = { ...request, registry: { ...request.registry, models: shuffled } };
    expect(outcome(other)).toEqual(outcome(request));
  }));
});

Deno.test("selectModel() keeps the pin, honours the request or refuses it, and takes the first candidate", () => {
  fc.assert(fc.property(requests, (request) => {
    const { registry, pinnedModelId, requestedModelId } = request;
    const row = (id: string | null) => registry.models.find((model) => model.model_id === id);
    const pin = row(pinnedModelId);
    const pinServes = pin !== undefined && pin.serves_pinned && pin.lifecycle !== "retired" &&
      staysInside(pin) && !isKept(pin, request);
    const asks = requestedModelId !== null && requestedModelId !== pinnedModelId;
    const requested = row(requestedModelId);
    let expectedCode: string | null = null;
    if (asks && pinServes) expectedCode = "conversation_pinned";
    else if (asks && requested === undefined) expectedCode = "model_not_found";
    else if (asks && requested!.lifecycle === "retired") expectedCode = "model_retired";
    else if (asks && !requested!.is_available) expectedCode = "model_not_available";
    else if (asks && !staysInside(requested!)) expectedCode = "model_outside_geographies";
    else if (asks && isKept(requested!, request)) expectedCode = "provider_retains_data";
    else if (
      !(pinServes && takes(pin, request.needs)) &&
      !registry.models.some((model) => isUsable(model, request) && takes(model, request.needs))
    ) {
      const canAnswerOthers = pinServes ||
        registry.models.some((model) => isUsable(model, request));
      expectedCode = canAnswerOthers ? "modality_not_supported" : "no_model_available";
    }

    try {
      const selection = selectModel(request);
      expect(expectedCode).toBeNull();
      expect(selection).toEqual([...eachCandidate(request)][0]);
      const due = pinServes ? pin : asks ? requested : undefined;
      if (due === undefined) return;
      const { model_id: modelId } = due;
      expect(selection).toMatchObject(
        takes(due, request.needs)
          ? { model: due, reason: pinServes ? "pinned" : "requested", replaced: null, isDue: true }
          : {
            reason: "fallback",
            replaced: { modelId, code: "modality_not_supported" },
            isDue: false,
          },
      );
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect(error.code).toBe(expectedCode);
    }
  }));
});

Deno.test("eachCandidate() passes over models that may leave the allowed geographies, by every rule", () => {
  const us = { geographies: ["us"] };
  const registry = registryOf({
    pin: { ...us, successor_model_id: "new" },
    own: us,
    "us.a.case": { use_case: "clinical" },
    standard: { geographies: ["eu", "us"], is_default: true },
    unknown: { geographies: null },
    old: { lifecycle: "retired", successor_model_id: "own" },
    new: {},
  }, { clinical: "own" });
  expect(listed(selectionRequest(registry, { pinnedModelId: "pin" }))).toEqual(["new fallback"]);
  expect(listed(selectionRequest(registry, { pinnedModelId: "old" }))).toEqual(["new fallback"]);
  expect(listed(selectionRequest(registry, { pinnedModelId: "pin", requestedModelId: "new" })))
    .toEqual(["new requested"]);
  const error = caught(
    () => [...eachCandidate(selectionRequest(registry, { requestedModelId: "own" }))],
  );
  expect(error.code).toBe("model_outside_geographies");
  expect(error.message).toContain("processed in us; allowed is eu only");
});

Deno.test("eachCandidate() passes over models whose provider keeps traffic, by every rule", () => {
  const keeps = { provider_retention: "all_30_days" } as const;
  const registry = registryOf({
    pin: { ...keeps, successor_model_id: "new" },
    own: { provider_retention: "flagged_30_days" },
    case: { ...keeps, use_case: "clinical" },
    standard: { ...keeps, is_default: true },
    unknown: { provider_retention: "unknown" },
    old: { lifecycle: "retired", successor_model_id: "own" },
    new: {},
  }, { clinical: "own" });
  for (const request of [{ pinnedModelId: "pin" }, { pinnedModelId: "old" }, {}]) {
    const list = listed(selectionRequest(registry, request));
    expect(list).toEqual(["new fallback"]);
  }
  expect(listed(selectionRequest(registry, { canaryModelId: "standard" }))[0]).toBe("new fallback");
  const asked = caught(() => listed(selectionRequest(registry, { requestedModelId: "own" })));
  expect(asked.code).toBe("provider_retains_data");
  const [clinical] = registry.assistants;
  const allowing = {
    ...registry,
    assistants: [{ ...clinical!, allow_provider_retention: true }],
  };
  expect(listed(selectionRequest(allowing, { pinnedModelId: "pin" }))[0]).toBe("pin pinned");
  expect(listed(selectionRequest(allowing))[0]).toBe("own assistant");
});

function caught(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}
