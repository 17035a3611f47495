import { expect } from "@std/expect";
import {
  assistantValues,
  changedFields,
  newAssistant,
  problemOf,
} from "../../../console/src/switching/assistant_form.ts";
import { listedAssistant } from "../registry_views.ts";

const before = assistantValues({
  ...listedAssistant("health", null),
  model_config: { temperature: 0.2 },
});
const named = { ...newAssistant, assistant_type: "triage", name: "Triage" };

Deno.test("changedFields() sends what differs, and no more", () => {
  expect(changedFields(before, before)).toEqual({});
  expect(changedFields(before, { ...before, name: " Helper " })).toEqual({ name: "Helper" });
  expect(changedFields(before, { ...before, fallback_models: [] })).toEqual({
    fallback_models: [],
  });
  expect(changedFields({ ...before, fallback_models: ["a"] }, before))
    .toEqual({ fallback_models: null });
  expect(changedFields(before, { ...before, allowed_models: ["claude"] }))
    .toEqual({ allowed_models: ["claude"] });
  expect(changedFields({ ...before, allowed_models: ["claude"] }, before))
    .toEqual({ allowed_models: [] });
  expect(changedFields(before, { ...before, allowed_models: null }))
    .toEqual({ allowed_models: null });
  expect(changedFields(before, { ...before, system_prompt: "Be brief.", is_active: false }))
    .toEqual({ system_prompt: "Be brief.", is_active: false });
});

Deno.test("changedFields() sends all settings with one, since they replace those before", () => {
  expect(changedFields(before, { ...before, max_tokens: "500" }))
    .toEqual({ model_config: { temperature: 0.2, max_tokens: 500 } });
  expect(changedFields(before, { ...before, temperature: "" })).toEqual({ model_config: {} });
});

Deno.test("changedFields() leaves settings as they are at present, but for the edited ones", () => {
  const present = { ...before, temperature: "0.9", top_p: "0.5" };
  expect(changedFields(before, { ...before, max_tokens: "500" }, present))
    .toEqual({ model_config: { temperature: 0.9, top_p: 0.5, max_tokens: 500 } });
  expect(changedFields(before, { ...before, temperature: "" }, present))
    .toEqual({ model_config: { top_p: 0.5 } });
  expect(changedFields(before, { ...before, name: "X" }, present)).toEqual({ name: "X" });
});

Deno.test("problemOf() says what cannot be sent", () => {
  expect(problemOf(named)).toBeNull();
  for (
    const [changes, word] of [
      [{ assistant_type: "Triage" }, "type"],
      [{ assistant_type: "" }, "type"],
      [{ name: "  " }, "name"],
      [{ temperature: "1.1" }, "temperature"],
      [{ temperature: "-0.1" }, "temperature"],
      [{ top_p: "high" }, "Top p"],
      [{ max_tokens: "0" }, "tokens"],
      [{ max_tokens: "1.5" }, "tokens"],
      [{ max_output_tokens: "0" }, "tokens"],
    ] as const
  ) {
    expect(problemOf({ ...named, ...changes })).toContain(word);
  }
  for (const temperature of ["", "0", "1", "0.25", ".5", "1.0"]) {
    expect(problemOf({ ...named, temperature })).toBeNull();
  }
});

Deno.test("changedFields() sends a guardrail with its version, and both as null to take it away", () => {
  const guarded = { ...before, guardrail_id: "abc1", guardrail_version: "1" };
  expect(changedFields(before, { ...guarded, guardrail_id: " abc1 " }))
    .toEqual({ guardrail_id: "abc1", guardrail_version: "1" });
  expect(changedFields(guarded, { ...guarded, guardrail_version: "2" }))
    .toEqual({ guardrail_id: "abc1", guardrail_version: "2" });
  expect(changedFields(guarded, before)).toEqual({ guardrail_id: null, guardrail_version: null });
  expect(problemOf({ ...named, guardrail_id: "abc1" })).toContain("its id and its version");
  expect(problemOf({ ...named, guardrail_version: "1" })).toContain("its id and its version");
  expect(problemOf({ ...named, guardrail_id: "abc1", guardrail_version: "0" })).not.toBeNull();
  expect(problemOf({ ...named, guardrail_id: "abc1", guardrail_version: "DRAFT" })).toBeNull();
});

Deno.test("changedFields() sends the effort with the other settings", () => {
  expect(changedFields(before, { ...before, effort: "high" }))
    .toEqual({ model_config: { temperature: 0.2, effort: "high" } });
  const thinking = assistantValues({
    ...listedAssistant("health", null),
    model_config: { effort: "none", max_tokens: 5 },
  });
  expect(changedFields(thinking, { ...thinking, effort: "" }))
    .toEqual({ model_config: { max_tokens: 5 } });
});

Deno.test("changedFields() sends the largest answer of any caller, and null to take it away", () => {
  const capped = { ...before, max_output_tokens: "800" };
  expect(changedFields(before, { ...before, max_output_tokens: " 800 " }))
    .toEqual({ max_output_tokens: 800 });
  expect(changedFields(capped, { ...capped, max_output_tokens: "" }))
    .toEqual({ max_output_tokens: null });
});

Deno.test("changedFields() sends what is required of evaluations, and null for any age", () => {
  const required = { ...before, requires_evaluation: true, evaluation_max_age_days: "30" };
  expect(changedFields(before, { ...required, evaluation_max_age_days: " 30 " }))
    .toEqual({ requires_evaluation: true, evaluation_max_age_days: 30 });
  expect(changedFields(required, before))
    .toEqual({ requires_evaluation: false, evaluation_max_age_days: null });
  for (const days of ["0", "-1", "1.5", "3651"]) {
    expect(problemOf({ ...named, evaluation_max_age_days: days })).toContain("days");
  }
  expect(problemOf({ ...named, evaluation_max_age_days: "3650" })).toBeNull();
});
