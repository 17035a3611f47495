import { textOnly } from "../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Model } from "../../../../supabase/functions/_shared/registry/model.ts";

/** A row of `bedrock_models`, with what a test cares about. */
export function modelRow(row: Partial<Model> = {}): Model {
  return {
    model_id: "eu.amazon.nova-lite-v1:0",
    model_name: "Nova Lite",
    aliases: [],
    provider: "Amazon",
    format: "nova",
    region: null,
    geographies: ["eu"],
    max_tokens: 4096,
    context_window: 300_000,
    temperature: null,
    top_p: null,
    input_cost_per_mtok: 0.078,
    output_cost_per_mtok: 0.312,
    cache_read_cost_per_mtok: null,
    cache_write_cost_per_mtok: null,
    cache_write_1h_cost_per_mtok: null,
    long_prompt_tokens: null,
    long_prompt_factor: null,
    use_case: null,
    priority: 100,
    is_available: true,
    is_default: false,
    serves_pinned: true,
    lifecycle: "active",
    retires_on: null,
    successor_model_id: null,
    sampling: "temperature_and_top_p",
    system_prompt: "supported",
    capabilities: textOnly,
    source_url: null,
    checked_on: null,
    description: null,
    ...row,
  };
}
