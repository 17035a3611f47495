import { expect } from "@std/expect";
import {
  effectsOfAssignment,
  effectsOfDefault,
} from "../../../console/src/switching/switch_effects.ts";
import { listedModel, registryView } from "../registry_views.ts";

const now = Date.parse("2026-11-26T12:00:00Z");
const [, lite] = registryView.models;
const [platform, health] = registryView.assistants;

Deno.test("effectsOfDefault() says which model takes whose place, and at which price", () => {
  const { facts, warnings } = effectsOfDefault(lite!, registryView, now);
  expect(facts.map(({ term, text }) => `${term}: ${text}`)).toEqual([
    "Default: Pro → Lite",
    "Price in/out: $1.00/$4.20 → $1.00/$4.20 per million tokens",
  ]);
  expect(warnings).toEqual([]);
});

Deno.test("effectsOfDefault() warns of a model that AWS will end", () => {
  const old = listedModel("Old", {
    lifecycle: "legacy",
    retires_on: "2027-01-31",
    successor_model_id: lite!.model_id,
  });
  const warnings = (model: typeof old) => effectsOfDefault(model, registryView, now).warnings;
  expect(warnings(old)).toEqual([
    "AWS has marked Old as legacy and ends it on 31 Jan 2027. Its successor is Lite.",
  ]);
  expect(warnings({ ...old, retires_on: "2026-07-30" })).toEqual([
    "AWS has marked Old as legacy and has ended it in most regions since 30 Jul 2026. " +
    "Its successor is Lite.",
  ]);
  expect(warnings({ ...old, retires_on: null, successor_model_id: null })).toEqual([
    "AWS has marked Old as legacy and has announced no end yet. No successor is on record.",
  ]);
});

Deno.test("effectsOfAssignment() tells a model of one's own from the default", () => {
  expect(effectsOfAssignment(health!, null, registryView, now).facts[0])
    .toEqual({ term: "Model", text: "Lite → Pro (the default)" });
  expect(effectsOfAssignment(platform!, lite!, registryView, now).facts[0])
    .toEqual({ term: "Model", text: "Pro (the default) → Lite" });
});
