/** Registries as the console sees them, for tests. */
import type { ListedAssistant, ListedModel } from "../../console/src/api/manage_actions.ts";
import type { RegistryView } from "../../console/src/state/registry.ts";

export function listedModel(name: string, changes: Partial<ListedModel> = {}): ListedModel {
  return {
    model_id: name.toLowerCase(),
    model_name: name,
    aliases: [],
    provider: "Amazon",
    format: "nova",
    region: null,
    geographies: ["eu"],
    max_tokens: 100,
    context_window: 1000,
    temperature: null,
    top_p: null,
    input_cost_per_mtok: 1,
    output_cost_per_mtok: 4.2,
    cache_read_cost_per_mtok: null,
    cache_write_cost_per_mtok: null,
    cache_write_1h_cost_per_mtok: null,
    long_prompt_tokens: null,
    long_prompt_factor: null,
    use_case: null,
    priority: 1,
    is_available: true,
    is_default: false,
    serves_pinned: true,
    canary_share: null,
    rollout_id: null,
    lifecycle: "active",
    legacy_on: null,
    extended_access_on: null,
    retires_on: null,
    successor_model_id: null,
    sampling: "none",
    system_prompt: "supported",
    capabilities: {
      output_schema: false,
      betas: [],
      prefill: false,
      stop_sequences: false,
      count_tokens: false,
    },
    source_url: null,
    checked_on: null,
    description: null,
    outside: [],
    accepts: "text",
    last_probe: null,
    ...changes,
  };
}

export function listedAssistant(type: string, modelId: string | null): ListedAssistant {
  return {
    id: type,
    assistant_type: type,
    name: `The ${type} one`,
    system_prompt: "…",
    model_version: modelId,
    canary_model_id: null,
    canary_share: null,
    rollout_id: null,
    model_config: {},
    fallback_models: null,
    allowed_models: [],
    max_output_tokens: null,
    on_disconnect: "finish",
    prompt_hash: "h".repeat(64),
    guardrail_id: null,
    guardrail_version: null,
    requires_evaluation: false,
    evaluation_max_age_days: null,
    is_active: true,
    is_protected: false,
    follows_default: modelId === null,
  };
}

export const registryView: RegistryView = {
  version: 3,
  models: [listedModel("Pro", { is_default: true }), listedModel("Lite")],
  assistants: [listedAssistant("platform", null), listedAssistant("health", "lite")],
  settings: {
    allowed_geographies: ["eu"],
    require_mfa: false,
    require_person: false,
    allow_anonymous_users: false,
    on_role_change: "refuse",
  },
};
