import type { Assistant } from "../../../../../supabase/functions/_shared/registry/assistant.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import type { SelectionRequest } from "../../../../../supabase/functions/_shared/selection/selection.ts";
import { modelRow } from "../model_row.ts";

/** A registry of models named by a short id, each with what a test cares about. */
export function registryOf(
  models: Record<string, Partial<Model>>,
  assistants: Record<string, string | null> = {},
): Registry {
  return {
    version: 1,
    hash: "",
    settings: {
      allowed_geographies: ["eu"],
      function_geographies: null,
      require_mfa: false,
      require_person: false,
      allow_anonymous_users: false,
      allow_provider_retention: false,
      on_role_change: "refuse",
      backup_days: 30,
    },
    models: Object.entries(models).map(([model_id, row]) => modelRow({ model_id, ...row })),
    assistants: Object.entries(assistants).map(([type, model]) => assistantRow(type, model)),
  };
}

function assistantRow(assistant_type: string, model_version: string | null): Assistant {
  return {
    id: `id-of-${assistant_type}`,
    assistant_type,
    name: assistant_type,
    system_prompt: "Be brief.",
    model_version,
    canary_model_id: null,
    canary_share: null,
    rollout_id: null,
    model_config: {},
    fallback_models: null,
    allowed_models: [],
    max_output_tokens: null,
    on_disconnect: "finish",
    guardrail_id: null,
    guardrail_version: null,
    requires_evaluation: false,
    evaluation_max_age_days: null,
    allow_provider_retention: false,
    keep_days: null,
    is_active: true,
    is_protected: false,
    prompt_hash: `hash-of-${assistant_type}`,
  };
}

/** A request of the clinical assistant, with what a test cares about. */
export function selectionRequest(
  registry: Registry,
  request: Partial<SelectionRequest> = {},
): SelectionRequest {
  return {
    registry,
    pinnedModelId: null,
    requestedModelId: null,
    assistantType: "clinical",
    useCase: null,
    ...request,
  };
}
