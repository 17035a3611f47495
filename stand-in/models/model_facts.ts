/** What models of a family have in common. A model's own facts stand in `served_models.ts`. */
import type { CachingRules, ServedModel, ThinkingType, ToolRules } from "./served_model.ts";

export type Facts =
  & Partial<ServedModel>
  & Pick<ServedModel, "id" | "name" | "contextWindow" | "maxOutput">;

export const euAndGlobal = ["eu", "us", "global"];

/** Destinations of the European profiles that know fewer regions than the usual. */
export const fourRegions = { eu: ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"] };

export const longContext = { contextWindow: 1_000_000, maxOutput: 128_000 };

const anyTools: ToolRules = {
  choices: ["any", "tool", "none"],
  callsHyphens: true,
  ids: "any",
  anySchema: true,
};

/** Claude 5.5 and Fable 5.1 choose by themselves. */
export const neverForced: ToolRules = { ...anyTools, choices: ["none"] };

/** Nova fails to call tools whose name has a hyphen, and has no way to forbid a call. */
const novaTools: ToolRules = {
  choices: ["any", "tool"],
  callsHyphens: false,
  ids: "any",
  anySchema: false,
};

/** AWS documents `tool` for Claude and Nova only. */
export const otherTools: ToolRules = { ...anyTools, choices: ["any"] };

/** Nova's prompt cache, as its service cards have it. */
const novaCaching: CachingRules = {
  minTokens: 1_000,
  maxTokens: 20_000,
  maxPoints: 4,
  places: ["system", "messages"],
  ttls: [],
  lookBack: 0,
};

/** Claude's prompt cache; the fewest tokens differ by model. */
export function cachesFrom(minTokens: number, ttls: CachingRules["ttls"] = ["5m", "1h"]) {
  return {
    minTokens,
    maxTokens: null,
    maxPoints: 4,
    places: ["tools", "system", "messages"],
    ttls,
    lookBack: 20,
  } satisfies CachingRules;
}

/** Betas that both ways of calling take; all others are a 400. */
const sharedBetas = [
  "context-1m-2025-08-07",
  "effort-2025-11-24",
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "fine-grained-tool-streaming-2025-05-14",
  "thinking-binding-controls-2026-08-01",
  "thinking-display-updates-2026-08-18",
];
const claudeBetas = {
  invoke: [
    ...sharedBetas,
    "tool-search-tool-2025-10-19",
    "tool-examples-2025-10-29",
    "context-management-2025-06-27",
    "compact-2026-01-12",
    "dangerous-tool-use-2026-09-03",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-tool-changes-2026-07-01",
  ],
  converse: [...sharedBetas, "structured-outputs-2025-11-13"],
};
const noBetas = { invoke: [], converse: [] };

function model(family: ServedModel["family"], provider: string, facts: Facts): ServedModel {
  return {
    family,
    provider,
    onDemand: false,
    profiles: [],
    destinations: {},
    lifecycle: "active",
    dates: {},
    access: "granted",
    sampling: "both",
    systemPrompt: true,
    images: { inToolResults: family !== "other" },
    documents: true,
    tools: anyTools,
    caching: null,
    betas: noBetas,
    prefill: true,
    stopSequences: true,
    tokenizer: 10,
    thinking: { byDefault: false, types: [] },
    bodyErrors: "schema",
    countsTokens: false,
    structuredOutput: true,
    ...facts,
  };
}

export function nova(facts: Facts): ServedModel {
  const shared = { tools: novaTools, caching: novaCaching, structuredOutput: false };
  return model("nova", "Amazon", { ...shared, ...facts });
}

/** A model of another vendor, behind Converse. */
export function other(provider: string, facts: Facts): ServedModel {
  return model("other", provider, { tools: otherTools, ...facts });
}

/**
 * Claude up to 4.6: sampling settings are taken, thinking has a budget. Where no minimum of cached
 * tokens is published, here and below, 1,024 is assumed.
 */
export function claude(
  facts: Facts,
  thinking: ServedModel["thinking"] = thinksWhenAsked("enabled", "disabled"),
): ServedModel {
  const shared = { thinking, caching: cachesFrom(1_024), betas: claudeBetas };
  return model("claude", "Anthropic", { ...shared, ...facts });
}

/** Claude 3 has no thinking, no prompt cache, no betas and no output schemas. */
export function claude3(id: string, name: string, maxOutput: number): ServedModel {
  return claude({
    ...{ id, name, maxOutput },
    contextWindow: 200_000,
    onDemand: true,
    lifecycle: "legacy",
    caching: null,
    betas: noBetas,
    countsTokens: true,
    structuredOutput: false,
  }, { byDefault: false, types: [] });
}

/** Claude 4.7 and later: no sampling settings, no thinking budget, no prefill. */
export function claudeWithoutSampling(
  facts: Facts,
  thinking: ServedModel["thinking"],
): ServedModel {
  return claude({
    profiles: euAndGlobal,
    sampling: "none",
    prefill: false,
    tokenizer: 13,
    bodyErrors: "fields",
    ...facts,
  }, thinking);
}

/** Claude 5 and later put a thinking block before the text unless told otherwise. */
export function thinksByDefault(...types: ThinkingType[]): ServedModel["thinking"] {
  return { byDefault: true, types, efforts: true };
}

export function thinksWhenAsked(...types: ThinkingType[]): ServedModel["thinking"] {
  return { byDefault: false, types, efforts: types.includes("adaptive") };
}
