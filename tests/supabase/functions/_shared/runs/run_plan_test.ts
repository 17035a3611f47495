import { expect } from "@std/expect";
import fc from "fast-check";
import {
  planRun,
  type RunQuestion,
} from "../../../../../supabase/functions/_shared/runs/run_plan.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import { firstPermitted } from "../../../../../supabase/functions/_shared/runs/permitted_models.ts";
import { namedFirst } from "../../../../../supabase/functions/_shared/selection/selection.ts";
import type { LeftOutRow } from "../../../../../supabase/functions/_shared/registry/left_out_row.ts";
import { idOrNull, modelIds, registriesWith } from "../selection/any_registry.ts";
import { registryOf } from "../selection/registry_of.ts";

const question: RunQuestion = {
  history: [],
  historyLength: 0,
  question: { role: "user", blocks: [{ type: "text", text: "Hello" }], modelId: null },
  assistantType: "health",
  pinnedModelId: null,
  requestedModelId: null,
  useCase: null,
  fallback: true,
};

const images: Capabilities["images"] = {
  max_count: 5,
  max_bytes: 1_000,
  max_side: null,
  types: ["image/png"],
  in_tool_results: true,
};
const image: ContentBlock = {
  type: "image",
  mediaType: "image/png",
  source: { kind: "base64", data: btoa("png") },
};

Deno.test("planRun() refuses a turn that needs a row that could not be read, and no other", () => {
  const unreadable = (name: string) => [{ name, problem: "format: Invalid option" }];
  const registry = registryOf({ lite: { is_default: true } }, { health: "own", other: null });
  const needing: [string, Partial<RunQuestion>][] = [
    ["health", {}],
    ["own", {}],
    ["pin", { pinnedModelId: "pin" }],
    ["asked", { requestedModelId: "asked" }],
  ];
  for (const [name, more] of needing) {
    const plan = () =>
      planRun({ ...registry, unreadable: unreadable(name) }, { ...question, ...more }, 1000);
    expect(plan).toThrow(expect.objectContaining({
      code: "registry_invalid",
      hint: `Correct the row of ${name}: format: Invalid option`,
    }));
  }
  const other = planRun({ ...registry, unreadable: unreadable("unused") }, question, 1000);
  expect(other.selected.model.model_id).toBe("lite");
});

/** What the last model that the rules would name is chosen by. */
const last: NonNullable<LeftOutRow["chosenBy"]> = {
  is_available: true,
  is_default: false,
  use_case: null,
  priority: 1000,
  lifecycle: "active",
};

Deno.test("planRun() refuses a turn whose rules would name a row that could not be read", () => {
  const registry = registryOf({
    lite: { priority: 10 },
    pinned: { priority: 20, is_available: false },
    ended: { priority: 30, is_available: false, serves_pinned: false },
    special: { priority: 40, use_case: "triage" },
    seeing: { priority: 50, capabilities: { ...textOnly, images } },
  }, { health: null, clinical: "lite" });
  const needs = (chosenBy: Partial<typeof last>, asked: Partial<RunQuestion> = {}) => {
    const lost: LeftOutRow = {
      name: "lost",
      problem: "format: Invalid option",
      chosenBy: { ...last, ...chosenBy },
    };
    try {
      planRun({ ...registry, unreadable: [lost] }, { ...question, ...asked }, 1000);
      return false;
    } catch (error) {
      expect(error).toMatchObject({
        code: "registry_invalid",
        hint: "Correct the row of lost: format: Invalid option",
      });
      return true;
    }
  };
  const asDefault = { is_default: true };
  const forHealth = { use_case: "health" };
  for (const fallback of [true, false]) {
    expect(needs(asDefault, { fallback })).toBe(true);
    expect(needs(forHealth, { fallback })).toBe(true);
    // The model of a new conversation is due, and is no fallback.
    expect(needs(asDefault, { fallback, pinnedModelId: "ended" })).toBe(true);
  }
  // In the place of `lite`, which is first by priority, and of `special`, first of its use case.
  expect(needs({ priority: 9 })).toBe(true);
  expect(needs({ use_case: "triage", priority: 39 }, { useCase: "triage" })).toBe(true);

  expect(needs({ priority: 11 })).toBe(false);
  expect(needs({ use_case: "triage", priority: 41 }, { useCase: "triage" })).toBe(false);
  expect(needs(asDefault, { useCase: "triage" })).toBe(false);
  expect(needs({ ...forHealth, priority: 11, is_available: false })).toBe(false);
  expect(needs({ priority: 9, lifecycle: "retired" })).toBe(false);
  // Without an assistant, a row without a use case is of none.
  expect(needs({}, { assistantType: null })).toBe(false);
  for (
    const own of [{ pinnedModelId: "pinned" }, { requestedModelId: "lite" }, {
      assistantType: "clinical",
    }]
  ) expect(needs({ ...asDefault, ...forHealth, priority: 1 }, own)).toBe(false);
  // Another model stands in for the pin, and says so.
  const blocks = [{ type: "text", text: "Look." }, image] as const;
  const shown = { pinnedModelId: "pinned", question: { ...question.question, blocks } };
  expect(needs({ ...asDefault, priority: 1 }, shown)).toBe(false);
});

Deno.test("planRun() needs no row of the assistant's own model where another is due", () => {
  const registry = {
    ...registryOf({ lite: { is_default: true } }, { health: "own" }),
    unreadable: [{ name: "own", problem: "format: Invalid option" }],
  };
  for (const asked of [{ pinnedModelId: "lite" }, { requestedModelId: "lite" }]) {
    const { selected } = planRun(registry, { ...question, ...asked }, 1000);
    expect(selected.model.model_id).toBe("lite");
  }
});

const thinking: Capabilities["thinking"] = {
  mode: "adaptive",
  efforts: ["low", "medium", "high"],
  by_default: true,
  off: "disabled",
  forced_tools: false,
};

Deno.test("planRun() asks with the caller's effort over the assistant's, and the assistant's guardrail", () => {
  const registry = registryOf({ a: { capabilities: { ...textOnly, thinking } } }, {
    health: null,
    other: null,
  });
  const [health, other] = registry.assistants;
  if (health === undefined || other === undefined) throw new Error("there are two assistants");
  const assistants = [{
    ...health,
    model_config: { effort: "low" as const },
    guardrail_id: "gr1",
    guardrail_version: "DRAFT",
  }, other];
  const requestOf = (asked: Partial<RunQuestion>) => {
    const plan = planRun({ ...registry, assistants }, { ...question, ...asked }, 1000);
    return plan.requestFor(plan.selected.model).request;
  };
  expect(requestOf({})).toMatchObject({
    thinking: { kind: "adaptive", effort: "low" },
    guardrail: { id: "gr1", version: "DRAFT" },
    system: [{ text: "Be brief." }],
  });
  expect(requestOf({ settings: { effort: "high" } }).thinking)
    .toEqual({ kind: "adaptive", effort: "high" });
  expect(requestOf({ settings: { effort: "none" } }).thinking).toEqual({ kind: "disabled" });
  expect(requestOf({ assistantType: "other" })).toMatchObject({ thinking: null, guardrail: null });
});

Deno.test("planRun() tells what of the history a model is not sent", () => {
  const registry = registryOf({ a: { is_default: true } });
  const history: Message[] = [
    { role: "user", blocks: [{ type: "text", text: "Look." }, image], modelId: null },
    {
      role: "assistant",
      blocks: [{ type: "thinking", text: "Hm.", signature: "s" }, { type: "text", text: "Oh." }],
      modelId: "another",
    },
  ];
  const plan = planRun(registry, { ...question, history, historyLength: 4 }, 10_000);
  const { request, ...sent } = plan.requestFor(plan.selected.model);
  expect(sent).toEqual({
    messagesSent: 2,
    messagesLeftOut: 2,
    leftOut: { image: 1, thinking: 1 },
  });
  expect(JSON.stringify(request.messages)).not.toContain(btoa("png"));
});

Deno.test("planRun() leaves the room of the question's media to them", () => {
  const registry = registryOf({
    a: { context_window: 8_000, max_tokens: 2_000, capabilities: { ...textOnly, images } },
  });
  const words = "x".repeat(9_000);
  const history: Message[] = [
    { role: "user", blocks: [{ type: "text", text: words }], modelId: null },
    { role: "assistant", blocks: [{ type: "text", text: "Oh." }], modelId: "a" },
  ];
  const sent = (blocks: ContentBlock[]) => {
    const asked = { ...question, history, question: { ...question.question, blocks } };
    const plan = planRun(registry, asked, 10_000);
    return plan.requestFor(plan.selected.model).messagesSent;
  };
  expect(sent([{ type: "text", text: "And?" }, image])).toBe(2);
  expect(sent([{ type: "text", text: "And?" }, image, image])).toBe(0);
});

Deno.test("planRun() leaves room for a budget of thinking beside the answer", () => {
  const registry = registryOf({
    a: {
      context_window: 20_000,
      max_tokens: 18_000,
      capabilities: { ...textOnly, thinking: { ...thinking, mode: "budget", by_default: false } },
    },
  });
  const history: Message[] = [
    { role: "user", blocks: [{ type: "text", text: "x".repeat(9_000) }], modelId: null },
    { role: "assistant", blocks: [{ type: "text", text: "Oh." }], modelId: "a" },
  ];
  const sent = (effort: "none" | "high") => {
    const asked = { ...question, history, settings: { max_tokens: 1_000, effort } };
    const plan = planRun(registry, asked, 10_000);
    return plan.requestFor(plan.selected.model).messagesSent;
  };
  expect(sent("none")).toBe(2);
  // 16,384 for thinking and 1,000 for the answer leave less than the 3,000 of the history.
  expect(sent("high")).toBe(0);
});

Deno.test("planRun() plans no model that the caller may not use, nor another in its place", () => {
  const asked = fc.record({
    registry: registriesWith(["health", "other"]),
    assistantType: fc.constantFrom("health", null),
    requestedModelId: idOrNull,
    useCase: fc.constantFrom(null, "clinical"),
    fallback: fc.boolean(),
  });
  const outcomeOf = <T>(plan: () => T): T | AppError => {
    try {
      return plan();
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  };
  fc.assert(
    fc.property(asked, fc.subarray(modelIds), ({ registry, ...asked }, permittedModelIds) => {
      const whole = { ...question, ...asked };
      const free = outcomeOf(() => planRun(registry, whole, 1000));
      const bound = outcomeOf(() => planRun(registry, { ...whole, permittedModelIds }, 1000));
      if (bound instanceof AppError) {
        // Refused as without a scope, for the scope, or because nothing in it stands in.
        if (free instanceof AppError) expect(["key_scope", free.code]).toContain(bound.code);
        else if (free.selected.replaced === null) expect(bound.code).toBe("key_scope");
        else expect(["key_scope", free.selected.replaced.code]).toContain(bound.code);
        return;
      }
      if (free instanceof AppError) throw new Error("a scope permits nothing");
      const planned = firstPermitted(bound).map(({ model }) => model.model_id);
      expect(planned.filter((id) => !permittedModelIds.includes(id))).toEqual([]);
      expect(permittedModelIds).toContain(namedFirst(free.selected));
      expect(namedFirst(bound.selected)).toBe(namedFirst(free.selected));
      // In the same order.
      const all = [...free.candidates].map(({ model }) => model.model_id);
      expect(planned).toEqual(all.filter((id) => planned.includes(id)));
    }),
  );
});
