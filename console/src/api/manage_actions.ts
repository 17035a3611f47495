/** What the actions of `manage-bedrock-models` take and answer, as far as the console asks. */
import type { Assistant } from "../../../supabase/functions/_shared/registry/assistant.ts";
import type { ModelCheck } from "../../../supabase/functions/_shared/registry/check_model.ts";
import type { Model } from "../../../supabase/functions/_shared/registry/model.ts";
import type {
  ModelProbe,
  ProbeCheck,
  RecordedProbe,
} from "../../../supabase/functions/_shared/switching/model_probe.ts";
import type {
  ModelSwitch,
  Rollback,
  Verification,
} from "../../../supabase/functions/_shared/switching/switch_history.ts";
import type {
  CostAnswer,
  PerformanceAnswer,
  RangeArgs,
  SwitchEffectAnswer,
  UsageAnswer,
  WhatIfAnswer,
} from "./report_types.ts";

export type { Assistant, Model, ModelCheck, ModelProbe, ModelSwitch, ProbeCheck, Verification };

export interface ListedModel extends Model {
  /** Where its calls may go although that is not allowed. */
  readonly outside: readonly string[];
  readonly last_probe: RecordedProbe | null;
}

export interface ListedAssistant extends Assistant {
  readonly follows_default: boolean;
}

/** Which assistants a switch of the default concerns. */
export interface AssistantOfSwitch {
  readonly assistant_type: string;
  readonly name: string;
  readonly model_version: string | null;
  readonly follows_default: boolean;
}

interface Versioned {
  readonly registry_version: number;
}

interface Changed extends Versioned {
  readonly message: string;
  readonly warnings?: readonly string[];
}

type None = Record<string, never>;

export interface ManageActions {
  "list": {
    args: None;
    answer: Versioned & {
      readonly models: readonly ListedModel[];
      readonly allowed_geographies: readonly string[];
    };
  };
  "list-assistants": {
    args: None;
    answer: Versioned & {
      readonly assistants: readonly ListedAssistant[];
      readonly default_model_id: string | null;
    };
  };
  "validate": {
    args: { model_id: string; probe?: boolean };
    answer: Versioned & {
      readonly valid: boolean;
      readonly model: Model;
      readonly checks: readonly ModelCheck[];
      readonly probe?: ModelProbe | null;
    };
  };
  "set-default": {
    args: { model_id: string; expected_version?: number; force?: boolean };
    answer: Changed & {
      readonly model: Model;
      readonly former_model_id: string | null;
      readonly probe: ModelProbe | null;
      readonly assistants: readonly AssistantOfSwitch[];
    };
  };
  "enable": {
    args: { model_id: string };
    answer: Changed & { readonly model: Model };
  };
  "disable": {
    args: { model_id: string; now?: boolean };
    answer: Changed & { readonly model: Model };
  };
  "set-assistant-model": {
    args: {
      assistant_type: string;
      model_id: string | null;
      expected_version?: number;
      force?: boolean;
    };
    answer: Changed & {
      readonly assistant: ListedAssistant;
      readonly model: Model | null;
      readonly former_model_id: string | null;
      readonly probe: ModelProbe | null;
    };
  };
  "history": {
    args: { limit?: number; before?: number };
    answer: Versioned & {
      readonly switches: readonly ModelSwitch[];
      readonly count: number;
    };
  };
  "rollback": {
    args: { to?: number; expected_version?: number };
    answer: Changed & Rollback & { readonly default_model: Model | null };
  };
  "verify-history": {
    args: { known_hash?: string };
    answer: Versioned & { readonly verification: Verification };
  };
  "usage": { args: RangeArgs; answer: Versioned & UsageAnswer };
  "costs": { args: RangeArgs; answer: Versioned & CostAnswer };
  "performance": { args: RangeArgs; answer: Versioned & PerformanceAnswer };
  "switch-effect": {
    args: Omit<RangeArgs, "bucket"> & { window_hours?: number };
    answer: Versioned & SwitchEffectAnswer;
  };
  "what-if": {
    args: Omit<RangeArgs, "bucket"> & { model_id: string };
    answer: Versioned & WhatIfAnswer;
  };
}
