import { expect } from "@std/expect";
import type { Assistant } from "../../../../../supabase/functions/_shared/registry/assistant.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import {
  checkAssistants,
  effortWarning,
  lossWarning,
} from "../../../../../supabase/functions/_shared/switching/capability_warnings.ts";
import { modelRow } from "../model_row.ts";
import { registryOf } from "../selection/registry_of.ts";

const [clinical, health] = registryOf({}, { clinical: "own", health: null }).assistants as [
  Assistant,
  Assistant,
];
const thinking: NonNullable<Capabilities["thinking"]> = {
  mode: "adaptive",
  efforts: ["low", "high"],
  by_default: true,
  off: "omitted",
  forced_tools: false,
};

Deno.test("checkAssistants() names the active assistants of a model, with their guardrails", () => {
  const guarded = { ...clinical, guardrail_id: "abc1", guardrail_version: "3" };
  const message = (is_default: boolean, assistants: Assistant[]) =>
    checkAssistants(modelRow({ model_id: "own", is_default }), assistants);
  expect(message(true, [guarded, health])).toEqual({
    name: "assistants",
    ok: true,
    message: "It is the model of clinical (guardrail abc1, version 3), health.",
  });
  expect(message(false, [clinical, health]).message).toBe("It is the model of clinical.");
  expect(message(false, [{ ...clinical, is_active: false }, health]).message)
    .toBe("No assistant has it as its model.");
});

Deno.test("checkAssistants() fails where an assistant sets what the model cannot do", () => {
  const model = modelRow({ model_id: "own" });
  const set = (effort: "none" | "high") => ({ ...clinical, model_config: { effort } });
  expect(checkAssistants(model, [set("high"), health])).toEqual({
    name: "assistants",
    ok: false,
    message: "clinical: its effort high has no effect: own does not think.",
  });
  expect(checkAssistants(model, [set("none")]).ok).toBe(true);
  const thinks = modelRow({ model_id: "own", capabilities: { ...textOnly, thinking } });
  expect(checkAssistants(thinks, [set("high")]).ok).toBe(true);
  expect(effortWarning(set("none"), thinks))
    .toEqual([
      "clinical: its effort none asks for its lowest effort: own cannot be kept from thinking.",
    ]);
  const stops = { ...textOnly, thinking: { ...thinking, off: "disabled" as const } };
  expect(effortWarning(set("none"), modelRow({ capabilities: stops }))).toEqual([]);
});

Deno.test("lossWarning() tells content that is refused from what is done in another way", () => {
  const from = modelRow({
    model_id: "own",
    capabilities: {
      ...textOnly,
      documents: { max_count: 5, max_bytes: 1000, types: ["application/pdf"] },
      thinking,
    },
  });
  const to = modelRow({ model_id: "standard", capabilities: textOnly });
  expect(lossWarning("clinical", from, to)).toEqual([
    "clinical: standard takes less than own: no documents. Turns that need more are answered by a " +
    "fallback that takes it, or refused (modality_not_supported).",
    "clinical: standard can do less than own: no thinking. Its turns are answered all the same.",
  ]);
  expect([lossWarning("clinical", to, from), lossWarning("clinical", null, to)]).toEqual([[], []]);
});
