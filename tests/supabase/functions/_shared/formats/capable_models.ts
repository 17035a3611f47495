import type { Capabilities } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRow } from "../model_row.ts";

const documentTypes = [
  "application/pdf",
  "text/csv",
  "text/html",
  "text/plain",
  "text/markdown",
] as const;

/** What a Claude accepts that thinks when it is asked to, with a budget. */
export const claudeCapabilities: Capabilities = {
  images: {
    max_count: 20,
    max_bytes: 3_750_000,
    max_side: 8000,
    types: ["image/png", "image/jpeg", "image/gif", "image/webp"],
    in_tool_results: true,
  },
  documents: { max_count: 5, max_bytes: 4_500_000, types: [...documentTypes] },
  tools: {
    choices: ["any", "tool", "none"],
    single: true,
    names: "hyphen",
    ids: "any",
    strict: true,
  },
  output_schema: false,
  thinking: {
    mode: "budget",
    efforts: ["low", "medium", "high"],
    by_default: false,
    off: "disabled",
    forced_tools: false,
  },
  caching: {
    min_tokens: 1024,
    max_points: 4,
    ttls: ["5m", "1h"],
    places: ["tools", "system", "messages"],
    automatic: true,
  },
  betas: [],
  prefill: true,
  stop_sequences: true,
  count_tokens: false,
};

/** What a Nova accepts. */
export const novaCapabilities: Capabilities = {
  images: {
    max_count: 20,
    max_bytes: 3_750_000,
    max_side: 8000,
    types: ["image/png", "image/jpeg", "image/gif", "image/webp"],
    in_tool_results: false,
  },
  documents: { max_count: 5, max_bytes: 4_500_000, types: [...documentTypes] },
  tools: {
    choices: ["any", "tool"],
    single: false,
    names: "underscore",
    ids: "any",
    strict: false,
  },
  output_schema: false,
  caching: {
    min_tokens: 1000,
    max_points: 4,
    ttls: ["5m"],
    places: ["system", "messages"],
    automatic: true,
  },
  betas: [],
  prefill: false,
  stop_sequences: true,
  count_tokens: false,
};

export const claudeId = "anthropic.claude-own";

/** A row of a Claude, with other capabilities where a test needs them. */
export function claudeRow(
  capabilities: Partial<Capabilities> = {},
  row: Partial<Model> = {},
): Model {
  return modelRow({
    model_id: claudeId,
    format: "claude",
    max_tokens: 64_000,
    sampling: "temperature_or_top_p",
    capabilities: { ...claudeCapabilities, ...capabilities },
    ...row,
  });
}

/** The same for a Nova. */
export function novaRow(capabilities: Partial<Capabilities> = {}, row: Partial<Model> = {}): Model {
  return modelRow({ capabilities: { ...novaCapabilities, ...capabilities }, ...row });
}
