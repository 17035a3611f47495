/**
 * The models that the stand-in serves: a choice of Amazon Bedrock's models in Europe, with the
 * facts that a request can run into. Ids, profiles, limits and lifecycle are from these AWS pages
 * as of October 2026: "Supported foundation models", "Supported Regions and models for inference
 * profiles", "Model lifecycle", "Prompt caching", and the model cards; sampling and thinking rules
 * of Claude from Anthropic's migration guides.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html
 * @see https://platform.claude.com/docs/en/about-claude/models/migration-guide
 */
import {
  cachesFrom,
  claude,
  claude3,
  claudeWithoutSampling,
  euAndGlobal,
  fourRegions,
  longContext,
  neverForced,
  nova,
  other,
  otherTools,
  thinksByDefault,
  thinksWhenAsked,
} from "./model_facts.ts";
import type { ServedModel } from "./served_model.ts";

/**
 * Nova. The v1 ceiling of output tokens is 10,000 in the service cards; other AWS pages say 5,000.
 */
const novaModels: readonly ServedModel[] = [
  nova({
    id: "amazon.nova-micro-v1:0",
    name: "Amazon Nova Micro",
    profiles: ["eu", "us"],
    destinations: fourRegions,
    contextWindow: 128_000,
    maxOutput: 10_000,
    images: null,
    documents: false,
  }),
  nova({
    id: "amazon.nova-lite-v1:0",
    name: "Amazon Nova Lite",
    profiles: ["eu", "us"],
    destinations: fourRegions,
    contextWindow: 300_000,
    maxOutput: 10_000,
  }),
  nova({
    id: "amazon.nova-pro-v1:0",
    name: "Amazon Nova Pro",
    profiles: ["eu", "us"],
    destinations: fourRegions,
    contextWindow: 300_000,
    maxOutput: 10_000,
  }),
  nova({
    id: "amazon.nova-2-lite-v1:0",
    name: "Amazon Nova 2 Lite",
    dates: { startOfLife: "2025-12-02" },
    profiles: euAndGlobal,
    contextWindow: 1_000_000,
    maxOutput: 65_535,
    thinking: thinksWhenAsked("enabled", "disabled"),
  }),
  nova({
    id: "amazon.nova-premier-v1:0",
    name: "Amazon Nova Premier",
    dates: { legacy: "2026-03-13", endOfLife: "2026-09-14" },
    profiles: ["us"],
    lifecycle: "retired",
    contextWindow: 1_000_000,
    maxOutput: 25_000,
  }),
];

/**
 * Claude 3. The real Frankfurt no longer serves these; the stand-in does, on demand and as legacy,
 * so that a project that still names them can be tried and moved off them. It announces no end of
 * theirs: those that AWS announced have passed.
 */
const claude3Models: readonly ServedModel[] = [
  claude3("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", 8_192),
  claude3("anthropic.claude-3-sonnet-20240229-v1:0", "Claude 3 Sonnet", 4_096),
  claude3("anthropic.claude-3-opus-20240229-v1:0", "Claude 3 Opus", 4_096),
  claude3("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", 4_096),
];

const claude4Models: readonly ServedModel[] = [
  claude({
    id: "anthropic.claude-3-7-sonnet-20250219-v1:0",
    name: "Claude 3.7 Sonnet",
    structuredOutput: false,
    profiles: ["eu", "us"],
    lifecycle: "retired",
    contextWindow: 200_000,
    maxOutput: 64_000,
  }),
  claude({
    id: "anthropic.claude-sonnet-4-20250514-v1:0",
    name: "Claude Sonnet 4",
    structuredOutput: false,
    dates: { legacy: "2026-04-14", endOfLife: "2026-10-14" },
    profiles: euAndGlobal,
    lifecycle: "retired",
    contextWindow: 200_000,
    maxOutput: 64_000,
  }),
  claude({
    id: "anthropic.claude-opus-4-20250514-v1:0",
    name: "Claude Opus 4",
    structuredOutput: false,
    dates: { endOfLife: "2026-05-31" },
    profiles: ["us"],
    lifecycle: "retired",
    contextWindow: 200_000,
    maxOutput: 32_000,
  }),
  claude({
    id: "anthropic.claude-opus-4-1-20250805-v1:0",
    name: "Claude Opus 4.1",
    caching: cachesFrom(1_024, ["5m"]),
    structuredOutput: false,
    dates: { legacy: "2026-07-08", endOfLife: "2027-01-08" },
    profiles: ["us"],
    lifecycle: "legacy",
    contextWindow: 200_000,
    maxOutput: 32_000,
    sampling: "one",
  }),
  claude({
    id: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    name: "Claude Sonnet 4.5",
    dates: { legacy: "2026-10-08", extendedAccess: "2027-01-08", endOfLife: "2027-04-08" },
    profiles: euAndGlobal,
    lifecycle: "legacy",
    contextWindow: 200_000,
    maxOutput: 64_000,
    sampling: "one",
  }),
  claude({
    id: "anthropic.claude-haiku-4-5-20251001-v1:0",
    name: "Claude Haiku 4.5",
    caching: cachesFrom(4_096),
    profiles: euAndGlobal,
    contextWindow: 200_000,
    maxOutput: 64_000,
    sampling: "one",
  }),
  claude({
    id: "anthropic.claude-opus-4-5-20251101-v1:0",
    name: "Claude Opus 4.5",
    caching: cachesFrom(4_096),
    profiles: euAndGlobal,
    contextWindow: 200_000,
    maxOutput: 64_000,
    sampling: "one",
  }, { ...thinksWhenAsked("enabled", "disabled"), efforts: true }),
  claude({
    id: "anthropic.claude-opus-4-6-v1",
    name: "Claude Opus 4.6",
    caching: cachesFrom(4_096),
    dates: { startOfLife: "2026-02-04" },
    profiles: euAndGlobal,
    ...longContext,
    sampling: "one",
    prefill: false,
  }, thinksWhenAsked("enabled", "adaptive", "disabled")),
  claude({
    id: "anthropic.claude-sonnet-4-6",
    name: "Claude Sonnet 4.6",
    dates: { startOfLife: "2026-02-17" },
    profiles: euAndGlobal,
    ...longContext,
    sampling: "one",
    countsTokens: true,
  }, thinksWhenAsked("enabled", "adaptive", "disabled")),
  claudeWithoutSampling({
    id: "anthropic.claude-opus-4-7",
    name: "Claude Opus 4.7",
    caching: cachesFrom(2_048),
    dates: { startOfLife: "2026-04-16" },
    ...longContext,
    structuredOutput: false,
  }, thinksWhenAsked("adaptive", "disabled")),
  claudeWithoutSampling({
    id: "anthropic.claude-opus-4-8",
    name: "Claude Opus 4.8",
    dates: { startOfLife: "2026-05-28" },
    ...longContext,
    structuredOutput: false,
  }, thinksWhenAsked("adaptive", "disabled")),
];

const claude5Models: readonly ServedModel[] = [
  claudeWithoutSampling({
    id: "anthropic.claude-sonnet-5",
    name: "Claude Sonnet 5",
    dates: { startOfLife: "2026-06-30" },
    ...longContext,
    structuredOutput: false,
  }, thinksByDefault("adaptive", "disabled")),
  claudeWithoutSampling({
    id: "anthropic.claude-opus-5",
    name: "Claude Opus 5",
    dates: { startOfLife: "2026-07-23" },
    ...longContext,
    structuredOutput: false,
  }, { ...thinksByDefault("adaptive", "disabled"), disabledUpToHighEffort: true }),
  claudeWithoutSampling({
    id: "anthropic.claude-fable-5",
    name: "Claude Fable 5",
    caching: cachesFrom(512),
    dates: { startOfLife: "2026-06-09" },
    profiles: ["us", "global"],
    ...longContext,
    structuredOutput: false,
  }, thinksByDefault("adaptive")),
  claudeWithoutSampling({
    id: "anthropic.claude-fable-5-1",
    name: "Claude Fable 5.1",
    caching: cachesFrom(512),
    dates: { startOfLife: "2026-08-31" },
    profiles: ["us", "global"],
    ...longContext,
    tools: neverForced,
    structuredOutput: false,
  }, thinksByDefault("adaptive")),
  claudeWithoutSampling({
    id: "anthropic.claude-opus-5-5",
    name: "Claude Opus 5.5",
    dates: { startOfLife: "2026-09-22" },
    ...longContext,
    tools: neverForced,
  }, thinksByDefault("adaptive")),
  claudeWithoutSampling({
    id: "anthropic.claude-sonnet-5-5",
    name: "Claude Sonnet 5.5",
    caching: cachesFrom(512),
    dates: { startOfLife: "2026-09-28" },
    ...longContext,
    tools: neverForced,
  }, thinksByDefault("adaptive", "between_tools")),
  claudeWithoutSampling({
    id: "anthropic.claude-haiku-5-5",
    name: "Claude Haiku 5.5",
    dates: { startOfLife: "2026-10-07" },
    ...longContext,
  }, { ...thinksByDefault("adaptive", "disabled"), disabledUpToHighEffort: true }),
];

const otherModels: readonly ServedModel[] = [
  other("OpenAI", {
    id: "openai.gpt-oss-120b-1:0",
    stopSequences: false,
    name: "OpenAI gpt-oss-120b",
    thinking: { byDefault: false, types: [], efforts: true },
    onDemand: true,
    images: null,
    documents: false,
    contextWindow: 131_072,
    maxOutput: 128_000,
  }),
  other("OpenAI", {
    id: "openai.gpt-oss-20b-1:0",
    stopSequences: false,
    name: "OpenAI gpt-oss-20b",
    thinking: { byDefault: false, types: [], efforts: true },
    onDemand: true,
    images: null,
    documents: false,
    contextWindow: 131_072,
    maxOutput: 128_000,
  }),
  other("Qwen", {
    id: "qwen.qwen3-32b-v1:0",
    stopSequences: false,
    name: "Qwen3 32B",
    onDemand: true,
    images: null,
    documents: false,
    contextWindow: 32_768,
    maxOutput: 16_384,
  }),
  other("Mistral AI", {
    id: "mistral.pixtral-large-2502-v1:0",
    name: "Mistral Pixtral Large",
    tools: { ...otherTools, ids: "nine" },
    profiles: ["eu", "us"],
    destinations: fourRegions,
    contextWindow: 128_000,
    maxOutput: 8_192,
  }),
];

/** The models that the stand-in serves unless it is given others. */
export const servedModels: readonly ServedModel[] = [
  ...novaModels,
  ...claude3Models,
  ...claude4Models,
  ...claude5Models,
  ...otherModels,
];
