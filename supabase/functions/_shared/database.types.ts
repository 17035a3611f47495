export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "public": {
    Tables: {
      "ai_alert_rules": {
        Row: {
          "close_at": number | null;
          "id": string;
          "is_active": boolean;
          "kind": string;
          "least_count": number | null;
          "open_at": number | null;
          "updated_at": string;
          "window_minutes": number | null;
        };
        ComputedFields: never;
        Insert: {
          "close_at"?: number | null;
          "id"?: string;
          "is_active"?: boolean;
          "kind": string;
          "least_count"?: number | null;
          "open_at"?: number | null;
          "updated_at"?: string;
          "window_minutes"?: number | null;
        };
        Update: {
          "close_at"?: number | null;
          "id"?: string;
          "is_active"?: boolean;
          "kind"?: string;
          "least_count"?: number | null;
          "open_at"?: number | null;
          "updated_at"?: string;
          "window_minutes"?: number | null;
        };
        Relationships: [];
      };
      "ai_alerts": {
        Row: {
          "acknowledged_at": string | null;
          "acknowledged_by": string | null;
          "acknowledgement": string | null;
          "closed_at": string | null;
          "facts": NonNullable<Json>;
          "id": string;
          "kind": string;
          "level": number | null;
          "opened_at": string;
          "subject": string;
          "summary": string;
        };
        ComputedFields: never;
        Insert: {
          "acknowledged_at"?: string | null;
          "acknowledged_by"?: string | null;
          "acknowledgement"?: string | null;
          "closed_at"?: string | null;
          "facts"?: NonNullable<Json>;
          "id"?: string;
          "kind": string;
          "level"?: number | null;
          "opened_at"?: string;
          "subject"?: string;
          "summary": string;
        };
        Update: {
          "acknowledged_at"?: string | null;
          "acknowledged_by"?: string | null;
          "acknowledgement"?: string | null;
          "closed_at"?: string | null;
          "facts"?: NonNullable<Json>;
          "id"?: string;
          "kind"?: string;
          "level"?: number | null;
          "opened_at"?: string;
          "subject"?: string;
          "summary"?: string;
        };
        Relationships: [];
      };
      "ai_api_keys": {
        Row: {
          "assistant_type": string | null;
          "created_at": string;
          "created_by": string;
          "dialects": (string)[] | null;
          "expires_at": string | null;
          "grace_ends_at": string | null;
          "id": string;
          "key_hash": string;
          "last_used_on": string | null;
          "models": (string)[] | null;
          "name": string;
          "owner_id": string | null;
          "prefix": string;
          "replaces": string | null;
          "revoked_at": string | null;
        };
        ComputedFields: never;
        Insert: {
          "assistant_type"?: string | null;
          "created_at"?: string;
          "created_by"?: string;
          "dialects"?: (string)[] | null;
          "expires_at"?: string | null;
          "grace_ends_at"?: string | null;
          "id"?: string;
          "key_hash": string;
          "last_used_on"?: string | null;
          "models"?: (string)[] | null;
          "name": string;
          "owner_id"?: string | null;
          "prefix": string;
          "replaces"?: string | null;
          "revoked_at"?: string | null;
        };
        Update: {
          "assistant_type"?: string | null;
          "created_at"?: string;
          "created_by"?: string;
          "dialects"?: (string)[] | null;
          "expires_at"?: string | null;
          "grace_ends_at"?: string | null;
          "id"?: string;
          "key_hash"?: string;
          "last_used_on"?: string | null;
          "models"?: (string)[] | null;
          "name"?: string;
          "owner_id"?: string | null;
          "prefix"?: string;
          "replaces"?: string | null;
          "revoked_at"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "ai_api_keys_assistant_type_fkey";
            columns: ["assistant_type"];
            isOneToOne: false;
            referencedRelation: "ai_assistants";
            referencedColumns: ["assistant_type"];
          },
        ];
      };
      "ai_assistants": {
        Row: {
          "allow_provider_retention": boolean;
          "allowed_models": (string)[] | null;
          "assistant_type": string;
          "canary_model_id": string | null;
          "canary_share": number | null;
          "created_at": string;
          "evaluation_max_age_days": number | null;
          "fallback_models": (string)[] | null;
          "guardrail_id": string | null;
          "guardrail_version": string | null;
          "id": string;
          "is_active": boolean;
          "is_protected": boolean;
          "keep_days": number | null;
          "max_output_tokens": number | null;
          "model_config": NonNullable<Json>;
          "model_version": string | null;
          "name": string;
          "on_disconnect": string;
          "requires_evaluation": boolean;
          "rollout_id": number | null;
          "system_prompt": string;
          "updated_at": string;
        };
        ComputedFields: never;
        Insert: {
          "allow_provider_retention"?: boolean;
          "allowed_models"?: (string)[] | null;
          "assistant_type": string;
          "canary_model_id"?: string | null;
          "canary_share"?: number | null;
          "created_at"?: string;
          "evaluation_max_age_days"?: number | null;
          "fallback_models"?: (string)[] | null;
          "guardrail_id"?: string | null;
          "guardrail_version"?: string | null;
          "id"?: string;
          "is_active"?: boolean;
          "is_protected"?: boolean;
          "keep_days"?: number | null;
          "max_output_tokens"?: number | null;
          "model_config"?: NonNullable<Json>;
          "model_version"?: string | null;
          "name": string;
          "on_disconnect"?: string;
          "requires_evaluation"?: boolean;
          "rollout_id"?: number | null;
          "system_prompt"?: string;
          "updated_at"?: string;
        };
        Update: {
          "allow_provider_retention"?: boolean;
          "allowed_models"?: (string)[] | null;
          "assistant_type"?: string;
          "canary_model_id"?: string | null;
          "canary_share"?: number | null;
          "created_at"?: string;
          "evaluation_max_age_days"?: number | null;
          "fallback_models"?: (string)[] | null;
          "guardrail_id"?: string | null;
          "guardrail_version"?: string | null;
          "id"?: string;
          "is_active"?: boolean;
          "is_protected"?: boolean;
          "keep_days"?: number | null;
          "max_output_tokens"?: number | null;
          "model_config"?: NonNullable<Json>;
          "model_version"?: string | null;
          "name"?: string;
          "on_disconnect"?: string;
          "requires_evaluation"?: boolean;
          "rollout_id"?: number | null;
          "system_prompt"?: string;
          "updated_at"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "ai_assistants_canary_model_id_fkey";
            columns: ["canary_model_id"];
            isOneToOne: false;
            referencedRelation: "bedrock_models";
            referencedColumns: ["model_id"];
          },
          {
            foreignKeyName: "ai_assistants_model_version_fkey";
            columns: ["model_version"];
            isOneToOne: false;
            referencedRelation: "bedrock_models";
            referencedColumns: ["model_id"];
          },
          {
            foreignKeyName: "ai_assistants_rollout_id_fkey";
            columns: ["rollout_id"];
            isOneToOne: false;
            referencedRelation: "ai_rollouts";
            referencedColumns: ["id"];
          },
        ];
      };
      "ai_change_proposals": {
        Row: {
          "applied_at": string | null;
          "applied_in": number | null;
          "arguments": NonNullable<Json>;
          "change": NonNullable<Json>;
          "created_at": string;
          "database_role": string;
          "decided_at": string | null;
          "decided_by": string | null;
          "decided_by_key": string | null;
          "decided_on": NonNullable<Json>;
          "decision_reason": string | null;
          "effective_at": string | null;
          "expires_at": string;
          "function_name": string;
          "id": number;
          "is_applying": boolean;
          "probe_id": number | null;
          "problem": string | null;
          "proposed_by": string | null;
          "proposed_by_key": string | null;
          "reason": string | null;
          "registry_version": number;
          "status": string;
        };
        ComputedFields: never;
        Insert: {
          "applied_at"?: string | null;
          "applied_in"?: number | null;
          "arguments": NonNullable<Json>;
          "change": NonNullable<Json>;
          "created_at"?: string;
          "database_role": string;
          "decided_at"?: string | null;
          "decided_by"?: string | null;
          "decided_by_key"?: string | null;
          "decided_on": NonNullable<Json>;
          "decision_reason"?: string | null;
          "effective_at"?: string | null;
          "expires_at"?: string;
          "function_name": string;
          "id"?: never;
          "is_applying"?: boolean;
          "probe_id"?: number | null;
          "problem"?: string | null;
          "proposed_by"?: string | null;
          "proposed_by_key"?: string | null;
          "reason"?: string | null;
          "registry_version": number;
          "status"?: string;
        };
        Update: {
          "applied_at"?: string | null;
          "applied_in"?: number | null;
          "arguments"?: NonNullable<Json>;
          "change"?: NonNullable<Json>;
          "created_at"?: string;
          "database_role"?: string;
          "decided_at"?: string | null;
          "decided_by"?: string | null;
          "decided_by_key"?: string | null;
          "decided_on"?: NonNullable<Json>;
          "decision_reason"?: string | null;
          "effective_at"?: string | null;
          "expires_at"?: string;
          "function_name"?: string;
          "id"?: never;
          "is_applying"?: boolean;
          "probe_id"?: number | null;
          "problem"?: string | null;
          "proposed_by"?: string | null;
          "proposed_by_key"?: string | null;
          "reason"?: string | null;
          "registry_version"?: number;
          "status"?: string;
        };
        Relationships: [];
      };
      "ai_conversations": {
        Row: {
          "answered_turns": number;
          "assistant_id": string;
          "created_at": string;
          "id": string;
          "model_id": string | null;
          "rollout_id": number | null;
          "rollout_share": number | null;
          "rollout_side": string | null;
          "title": string | null;
          "updated_at": string;
          "use_case": string | null;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "answered_turns"?: number;
          "assistant_id": string;
          "created_at"?: string;
          "id"?: string;
          "model_id"?: string | null;
          "rollout_id"?: number | null;
          "rollout_share"?: number | null;
          "rollout_side"?: string | null;
          "title"?: string | null;
          "updated_at"?: string;
          "use_case"?: string | null;
          "user_id": string;
        };
        Update: {
          "answered_turns"?: number;
          "assistant_id"?: string;
          "created_at"?: string;
          "id"?: string;
          "model_id"?: string | null;
          "rollout_id"?: number | null;
          "rollout_share"?: number | null;
          "rollout_side"?: string | null;
          "title"?: string | null;
          "updated_at"?: string;
          "use_case"?: string | null;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "ai_conversations_assistant_id_fkey";
            columns: ["assistant_id"];
            isOneToOne: false;
            referencedRelation: "ai_assistants";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "ai_conversations_model_id_fkey";
            columns: ["model_id"];
            isOneToOne: false;
            referencedRelation: "bedrock_models";
            referencedColumns: ["model_id"];
          },
        ];
      };
      "ai_erasures": {
        Row: {
          "asked_by_key_name": string | null;
          "asked_by_user_id": string | null;
          "assistant_type": string | null;
          "backups_until": string | null;
          "begun_at": string;
          "conversation_id": string | null;
          "conversations": number;
          "database_role": string;
          "ended_at": string | null;
          "id": number;
          "kind": string;
          "limit_windows": number;
          "limit_windows_left": number | null;
          "limit_windows_until": string | null;
          "messages": number;
          "objects": number;
          "status": string;
          "user_hash": string | null;
        };
        ComputedFields: never;
        Insert: {
          "asked_by_key_name"?: string | null;
          "asked_by_user_id"?: string | null;
          "assistant_type"?: string | null;
          "backups_until"?: string | null;
          "begun_at"?: string;
          "conversation_id"?: string | null;
          "conversations"?: number;
          "database_role": string;
          "ended_at"?: string | null;
          "id"?: never;
          "kind": string;
          "limit_windows"?: number;
          "limit_windows_left"?: number | null;
          "limit_windows_until"?: string | null;
          "messages"?: number;
          "objects"?: number;
          "status"?: string;
          "user_hash"?: string | null;
        };
        Update: {
          "asked_by_key_name"?: string | null;
          "asked_by_user_id"?: string | null;
          "assistant_type"?: string | null;
          "backups_until"?: string | null;
          "begun_at"?: string;
          "conversation_id"?: string | null;
          "conversations"?: number;
          "database_role"?: string;
          "ended_at"?: string | null;
          "id"?: never;
          "kind"?: string;
          "limit_windows"?: number;
          "limit_windows_left"?: number | null;
          "limit_windows_until"?: string | null;
          "messages"?: number;
          "objects"?: number;
          "status"?: string;
          "user_hash"?: string | null;
        };
        Relationships: [];
      };
      "ai_evaluations": {
        Row: {
          "actor_key_name": string | null;
          "actor_proven": boolean;
          "actor_user_id": string | null;
          "assistant_type": string;
          "created_at": string;
          "database_role": string;
          "errors": number;
          "failed": number;
          "id": number;
          "model_id": string;
          "passed": number;
          "prompt_version": string;
          "promptfoo_version": string;
          "ran_at": string;
          "reason": string | null;
          "result_hash": string;
          "score": number;
          "source": string;
        };
        ComputedFields: never;
        Insert: {
          "actor_key_name"?: string | null;
          "actor_proven": boolean;
          "actor_user_id"?: string | null;
          "assistant_type": string;
          "created_at"?: string;
          "database_role": string;
          "errors": number;
          "failed": number;
          "id"?: never;
          "model_id": string;
          "passed": number;
          "prompt_version": string;
          "promptfoo_version": string;
          "ran_at": string;
          "reason"?: string | null;
          "result_hash": string;
          "score": number;
          "source": string;
        };
        Update: {
          "actor_key_name"?: string | null;
          "actor_proven"?: boolean;
          "actor_user_id"?: string | null;
          "assistant_type"?: string;
          "created_at"?: string;
          "database_role"?: string;
          "errors"?: number;
          "failed"?: number;
          "id"?: never;
          "model_id"?: string;
          "passed"?: number;
          "prompt_version"?: string;
          "promptfoo_version"?: string;
          "ran_at"?: string;
          "reason"?: string | null;
          "result_hash"?: string;
          "score"?: number;
          "source"?: string;
        };
        Relationships: [];
      };
      "ai_latency_buckets": {
        Row: {
          "answers": number;
          "bucket": number;
          "day": string;
          "id": number;
          "measure": string;
          "model_id": string;
        };
        ComputedFields: never;
        Insert: {
          "answers": number;
          "bucket": number;
          "day": string;
          "id"?: never;
          "measure": string;
          "model_id": string;
        };
        Update: {
          "answers"?: number;
          "bucket"?: number;
          "day"?: string;
          "id"?: never;
          "measure"?: string;
          "model_id"?: string;
        };
        Relationships: [];
      };
      "ai_latency_days": {
        Row: {
          "answers": number;
          "day": string;
          "errors": number;
          "id": number;
          "model_id": string;
          "percentiles_ms": (number)[] | null;
          "sum_ms": number;
          "sum_of_squares": number;
          "timed": number;
          "ttft_percentiles_ms": (number)[] | null;
          "ttft_sum_ms": number;
          "ttft_timed": number;
        };
        ComputedFields: never;
        Insert: {
          "answers": number;
          "day": string;
          "errors": number;
          "id"?: never;
          "model_id": string;
          "percentiles_ms"?: (number)[] | null;
          "sum_ms": number;
          "sum_of_squares": number;
          "timed": number;
          "ttft_percentiles_ms"?: (number)[] | null;
          "ttft_sum_ms": number;
          "ttft_timed": number;
        };
        Update: {
          "answers"?: number;
          "day"?: string;
          "errors"?: number;
          "id"?: never;
          "model_id"?: string;
          "percentiles_ms"?: (number)[] | null;
          "sum_ms"?: number;
          "sum_of_squares"?: number;
          "timed"?: number;
          "ttft_percentiles_ms"?: (number)[] | null;
          "ttft_sum_ms"?: number;
          "ttft_timed"?: number;
        };
        Relationships: [];
      };
      "ai_legal_holds": {
        Row: {
          "created_at": string;
          "id": string;
          "reason": string;
          "until": string | null;
          "updated_at": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "id"?: string;
          "reason": string;
          "until"?: string | null;
          "updated_at"?: string;
          "user_id": string;
        };
        Update: {
          "created_at"?: string;
          "id"?: string;
          "reason"?: string;
          "until"?: string | null;
          "updated_at"?: string;
          "user_id"?: string;
        };
        Relationships: [];
      };
      "ai_limits": {
        Row: {
          "amount": number;
          "api_key_id": string | null;
          "assistant_type": string | null;
          "created_at": string;
          "enforcement": string;
          "id": number;
          "period": string | null;
          "scope": string;
          "time_zone": string;
          "unit": string;
          "updated_at": string;
          "user_hash": string | null;
          "user_id": string | null;
        };
        ComputedFields: never;
        Insert: {
          "amount": number;
          "api_key_id"?: string | null;
          "assistant_type"?: string | null;
          "created_at"?: string;
          "enforcement"?: string;
          "id"?: number;
          "period"?: string | null;
          "scope": string;
          "time_zone"?: string;
          "unit": string;
          "updated_at"?: string;
          "user_hash"?: string | null;
          "user_id"?: string | null;
        };
        Update: {
          "amount"?: number;
          "api_key_id"?: string | null;
          "assistant_type"?: string | null;
          "created_at"?: string;
          "enforcement"?: string;
          "id"?: number;
          "period"?: string | null;
          "scope"?: string;
          "time_zone"?: string;
          "unit"?: string;
          "updated_at"?: string;
          "user_hash"?: string | null;
          "user_id"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "ai_limits_api_key_id_fkey";
            columns: ["api_key_id"];
            isOneToOne: false;
            referencedRelation: "ai_api_keys";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "ai_limits_assistant_type_fkey";
            columns: ["assistant_type"];
            isOneToOne: false;
            referencedRelation: "ai_assistants";
            referencedColumns: ["assistant_type"];
          },
        ];
      };
      "ai_messages": {
        Row: {
          "answer_tokens_left": number | null;
          "attempt": number | null;
          "bedrock_request_id": string | null;
          "begun_at": string | null;
          "begun_xmin": number | null;
          "blocks": Json | null;
          "cache_read_tokens": number | null;
          "cache_write_1h_tokens": number | null;
          "cache_write_tokens": number | null;
          "content": string;
          "conversation_id": string;
          "cost_usd": number | null;
          "created_at": string;
          "disclosure": boolean;
          "error_code": string | null;
          "fallback_code": string | null;
          "function_region": string | null;
          "generated_at": string | null;
          "granted_usd": number | null;
          "id": string;
          "input_tokens": number | null;
          "model_geographies": (string)[] | null;
          "model_name": string | null;
          "model_region": string | null;
          "model_used": string | null;
          "output_tokens": number | null;
          "prompt_hash": string | null;
          "provider_stop_reason": string | null;
          "reason": string | null;
          "registry_version": number | null;
          "request_id": string | null;
          "requested_model": string | null;
          "response_time_ms": number | null;
          "role": string;
          "rollout_id": number | null;
          "rollout_share": number | null;
          "rollout_side": string | null;
          "seq": number;
          "shown_blocks": Json | null;
          "status": string;
          "stop_reason": string | null;
          "thinking_tokens": number | null;
          "time_to_first_token_ms": number | null;
          "usage_estimated": boolean | null;
        };
        ComputedFields: never;
        Insert: {
          "answer_tokens_left"?: number | null;
          "attempt"?: number | null;
          "bedrock_request_id"?: string | null;
          "begun_at"?: string | null;
          "begun_xmin"?: number | null;
          "blocks"?: Json | null;
          "cache_read_tokens"?: number | null;
          "cache_write_1h_tokens"?: number | null;
          "cache_write_tokens"?: number | null;
          "content": string;
          "conversation_id": string;
          "cost_usd"?: number | null;
          "created_at"?: string;
          "disclosure"?: boolean;
          "error_code"?: string | null;
          "fallback_code"?: string | null;
          "function_region"?: string | null;
          "generated_at"?: string | null;
          "granted_usd"?: number | null;
          "id"?: string;
          "input_tokens"?: number | null;
          "model_geographies"?: (string)[] | null;
          "model_name"?: string | null;
          "model_region"?: string | null;
          "model_used"?: string | null;
          "output_tokens"?: number | null;
          "prompt_hash"?: string | null;
          "provider_stop_reason"?: string | null;
          "reason"?: string | null;
          "registry_version"?: number | null;
          "request_id"?: string | null;
          "requested_model"?: string | null;
          "response_time_ms"?: number | null;
          "role": string;
          "rollout_id"?: number | null;
          "rollout_share"?: number | null;
          "rollout_side"?: string | null;
          "seq": number;
          "shown_blocks"?: Json | null;
          "status": string;
          "stop_reason"?: string | null;
          "thinking_tokens"?: number | null;
          "time_to_first_token_ms"?: number | null;
          "usage_estimated"?: boolean | null;
        };
        Update: {
          "answer_tokens_left"?: number | null;
          "attempt"?: number | null;
          "bedrock_request_id"?: string | null;
          "begun_at"?: string | null;
          "begun_xmin"?: number | null;
          "blocks"?: Json | null;
          "cache_read_tokens"?: number | null;
          "cache_write_1h_tokens"?: number | null;
          "cache_write_tokens"?: number | null;
          "content"?: string;
          "conversation_id"?: string;
          "cost_usd"?: number | null;
          "created_at"?: string;
          "disclosure"?: boolean;
          "error_code"?: string | null;
          "fallback_code"?: string | null;
          "function_region"?: string | null;
          "generated_at"?: string | null;
          "granted_usd"?: number | null;
          "id"?: string;
          "input_tokens"?: number | null;
          "model_geographies"?: (string)[] | null;
          "model_name"?: string | null;
          "model_region"?: string | null;
          "model_used"?: string | null;
          "output_tokens"?: number | null;
          "prompt_hash"?: string | null;
          "provider_stop_reason"?: string | null;
          "reason"?: string | null;
          "registry_version"?: number | null;
          "request_id"?: string | null;
          "requested_model"?: string | null;
          "response_time_ms"?: number | null;
          "role"?: string;
          "rollout_id"?: number | null;
          "rollout_share"?: number | null;
          "rollout_side"?: string | null;
          "seq"?: number;
          "shown_blocks"?: Json | null;
          "status"?: string;
          "stop_reason"?: string | null;
          "thinking_tokens"?: number | null;
          "time_to_first_token_ms"?: number | null;
          "usage_estimated"?: boolean | null;
        };
        Relationships: [
          {
            foreignKeyName: "ai_messages_conversation_id_fkey";
            columns: ["conversation_id"];
            isOneToOne: false;
            referencedRelation: "ai_conversations";
            referencedColumns: ["id"];
          },
        ];
      };
      "ai_rollout_verdicts": {
        Row: {
          "created_at": string;
          "figures": NonNullable<Json>;
          "guard": string;
          "id": number;
          "rollout_id": number;
          "verdict": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "figures": NonNullable<Json>;
          "guard": string;
          "id"?: never;
          "rollout_id": number;
          "verdict": string;
        };
        Update: {
          "created_at"?: string;
          "figures"?: NonNullable<Json>;
          "guard"?: string;
          "id"?: never;
          "rollout_id"?: number;
          "verdict"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "ai_rollout_verdicts_rollout_id_fkey";
            columns: ["rollout_id"];
            isOneToOne: false;
            referencedRelation: "ai_rollouts";
            referencedColumns: ["id"];
          },
        ];
      };
      "ai_rollouts": {
        Row: {
          "assistant_type": string | null;
          "cost_ratio": number;
          "ended_at": string | null;
          "error_points": number;
          "former_model_id": string;
          "found_worse_at": string | null;
          "id": number;
          "latency_ratio": number;
          "model_id": string;
          "on_verdict": string;
          "outcome": string | null;
          "problem": string | null;
          "problem_at": string | null;
          "started_at": string;
          "watch_until": string | null;
        };
        ComputedFields: never;
        Insert: {
          "assistant_type"?: string | null;
          "cost_ratio"?: number;
          "ended_at"?: string | null;
          "error_points"?: number;
          "former_model_id": string;
          "found_worse_at"?: string | null;
          "id"?: never;
          "latency_ratio"?: number;
          "model_id": string;
          "on_verdict"?: string;
          "outcome"?: string | null;
          "problem"?: string | null;
          "problem_at"?: string | null;
          "started_at"?: string;
          "watch_until"?: string | null;
        };
        Update: {
          "assistant_type"?: string | null;
          "cost_ratio"?: number;
          "ended_at"?: string | null;
          "error_points"?: number;
          "former_model_id"?: string;
          "found_worse_at"?: string | null;
          "id"?: never;
          "latency_ratio"?: number;
          "model_id"?: string;
          "on_verdict"?: string;
          "outcome"?: string | null;
          "problem"?: string | null;
          "problem_at"?: string | null;
          "started_at"?: string;
          "watch_until"?: string | null;
        };
        Relationships: [];
      };
      "ai_usage": {
        Row: {
          "answer_tokens_left": number | null;
          "api_key_id": string | null;
          "assistant_type": string | null;
          "attempt": number;
          "bedrock_request_id": string | null;
          "begins_conversation": boolean;
          "begun_at": string;
          "begun_xmin": number | null;
          "cache_read_tokens": number | null;
          "cache_write_1h_tokens": number | null;
          "cache_write_tokens": number | null;
          "client_hash": string | null;
          "client_retries": number | null;
          "conversation_id": string | null;
          "cost_usd": number | null;
          "ended_at": string;
          "error_code": string | null;
          "fallback_code": string | null;
          "function_region": string | null;
          "generated_at": string | null;
          "granted_usd": number | null;
          "id": number;
          "input_tokens": number | null;
          "limit_ids": (number)[] | null;
          "message_id": string | null;
          "model_geographies": (string)[] | null;
          "model_id": string | null;
          "model_name": string | null;
          "model_region": string | null;
          "output_tokens": number | null;
          "price_id": number | null;
          "prompt_hash": string | null;
          "provider_stop_reason": string | null;
          "purpose": string;
          "question_id": string;
          "reason": string | null;
          "registry_version": number | null;
          "requested_model": string | null;
          "response_time_ms": number | null;
          "rollout_failed": boolean | null;
          "rollout_id": number | null;
          "rollout_share": number | null;
          "rollout_side": string | null;
          "rollout_unit": string | null;
          "status": string;
          "stop_reason": string | null;
          "surface": string;
          "thinking_tokens": number | null;
          "time_to_first_token_ms": number | null;
          "unanswered_call": number | null;
          "usage_estimated": boolean | null;
          "user_hash": string | null;
        };
        ComputedFields: never;
        Insert: {
          "answer_tokens_left"?: number | null;
          "api_key_id"?: string | null;
          "assistant_type"?: string | null;
          "attempt": number;
          "bedrock_request_id"?: string | null;
          "begins_conversation": boolean;
          "begun_at": string;
          "begun_xmin"?: number | null;
          "cache_read_tokens"?: number | null;
          "cache_write_1h_tokens"?: number | null;
          "cache_write_tokens"?: number | null;
          "client_hash"?: string | null;
          "client_retries"?: number | null;
          "conversation_id"?: string | null;
          "cost_usd"?: number | null;
          "ended_at": string;
          "error_code"?: string | null;
          "fallback_code"?: string | null;
          "function_region"?: string | null;
          "generated_at"?: string | null;
          "granted_usd"?: number | null;
          "id"?: never;
          "input_tokens"?: number | null;
          "limit_ids"?: (number)[] | null;
          "message_id"?: string | null;
          "model_geographies"?: (string)[] | null;
          "model_id"?: string | null;
          "model_name"?: string | null;
          "model_region"?: string | null;
          "output_tokens"?: number | null;
          "price_id"?: number | null;
          "prompt_hash"?: string | null;
          "provider_stop_reason"?: string | null;
          "purpose"?: string;
          "question_id": string;
          "reason"?: string | null;
          "registry_version"?: number | null;
          "requested_model"?: string | null;
          "response_time_ms"?: number | null;
          "rollout_failed"?: boolean | null;
          "rollout_id"?: number | null;
          "rollout_share"?: number | null;
          "rollout_side"?: string | null;
          "rollout_unit"?: string | null;
          "status": string;
          "stop_reason"?: string | null;
          "surface"?: string;
          "thinking_tokens"?: number | null;
          "time_to_first_token_ms"?: number | null;
          "unanswered_call"?: number | null;
          "usage_estimated"?: boolean | null;
          "user_hash"?: string | null;
        };
        Update: {
          "answer_tokens_left"?: number | null;
          "api_key_id"?: string | null;
          "assistant_type"?: string | null;
          "attempt"?: number;
          "bedrock_request_id"?: string | null;
          "begins_conversation"?: boolean;
          "begun_at"?: string;
          "begun_xmin"?: number | null;
          "cache_read_tokens"?: number | null;
          "cache_write_1h_tokens"?: number | null;
          "cache_write_tokens"?: number | null;
          "client_hash"?: string | null;
          "client_retries"?: number | null;
          "conversation_id"?: string | null;
          "cost_usd"?: number | null;
          "ended_at"?: string;
          "error_code"?: string | null;
          "fallback_code"?: string | null;
          "function_region"?: string | null;
          "generated_at"?: string | null;
          "granted_usd"?: number | null;
          "id"?: never;
          "input_tokens"?: number | null;
          "limit_ids"?: (number)[] | null;
          "message_id"?: string | null;
          "model_geographies"?: (string)[] | null;
          "model_id"?: string | null;
          "model_name"?: string | null;
          "model_region"?: string | null;
          "output_tokens"?: number | null;
          "price_id"?: number | null;
          "prompt_hash"?: string | null;
          "provider_stop_reason"?: string | null;
          "purpose"?: string;
          "question_id"?: string;
          "reason"?: string | null;
          "registry_version"?: number | null;
          "requested_model"?: string | null;
          "response_time_ms"?: number | null;
          "rollout_failed"?: boolean | null;
          "rollout_id"?: number | null;
          "rollout_share"?: number | null;
          "rollout_side"?: string | null;
          "rollout_unit"?: string | null;
          "status"?: string;
          "stop_reason"?: string | null;
          "surface"?: string;
          "thinking_tokens"?: number | null;
          "time_to_first_token_ms"?: number | null;
          "unanswered_call"?: number | null;
          "usage_estimated"?: boolean | null;
          "user_hash"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "ai_usage_price_id_fkey";
            columns: ["price_id"];
            isOneToOne: false;
            referencedRelation: "model_prices";
            referencedColumns: ["id"];
          },
        ];
      };
      "ai_usage_days": {
        Row: {
          "assistant_type": string | null;
          "cache_read_tokens": number;
          "cache_write_1h_tokens": number;
          "cache_write_tokens": number;
          "complete": number;
          "conversations": number;
          "cost_usd": number;
          "day": string;
          "estimated_usd": number;
          "failed": number;
          "fallbacks": number;
          "id": number;
          "input_tokens": number;
          "interventions": number;
          "model_id": string | null;
          "output_tokens": number;
          "partial": number;
          "purpose": string;
          "thinking_tokens": number;
          "trials": number;
          "turns": number;
          "unpriced": number;
        };
        ComputedFields: never;
        Insert: {
          "assistant_type"?: string | null;
          "cache_read_tokens": number;
          "cache_write_1h_tokens": number;
          "cache_write_tokens": number;
          "complete": number;
          "conversations": number;
          "cost_usd": number;
          "day": string;
          "estimated_usd": number;
          "failed": number;
          "fallbacks": number;
          "id"?: never;
          "input_tokens": number;
          "interventions": number;
          "model_id"?: string | null;
          "output_tokens": number;
          "partial": number;
          "purpose": string;
          "thinking_tokens": number;
          "trials": number;
          "turns": number;
          "unpriced": number;
        };
        Update: {
          "assistant_type"?: string | null;
          "cache_read_tokens"?: number;
          "cache_write_1h_tokens"?: number;
          "cache_write_tokens"?: number;
          "complete"?: number;
          "conversations"?: number;
          "cost_usd"?: number;
          "day"?: string;
          "estimated_usd"?: number;
          "failed"?: number;
          "fallbacks"?: number;
          "id"?: never;
          "input_tokens"?: number;
          "interventions"?: number;
          "model_id"?: string | null;
          "output_tokens"?: number;
          "partial"?: number;
          "purpose"?: string;
          "thinking_tokens"?: number;
          "trials"?: number;
          "turns"?: number;
          "unpriced"?: number;
        };
        Relationships: [];
      };
      "ai_user_roles": {
        Row: {
          "assistant_type": string;
          "created_at": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "assistant_type": string;
          "created_at"?: string;
          "user_id": string;
        };
        Update: {
          "assistant_type"?: string;
          "created_at"?: string;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "ai_user_roles_assistant_type_fkey";
            columns: ["assistant_type"];
            isOneToOne: false;
            referencedRelation: "ai_assistants";
            referencedColumns: ["assistant_type"];
          },
        ];
      };
      "bedrock_models": {
        Row: {
          "aliases": (string)[];
          "cache_read_cost_per_mtok": number | null;
          "cache_write_1h_cost_per_mtok": number | null;
          "cache_write_cost_per_mtok": number | null;
          "canary_share": number | null;
          "capabilities": NonNullable<Json>;
          "checked_on": string | null;
          "context_window": number;
          "created_at": string;
          "description": string | null;
          "extended_access_on": string | null;
          "format": string;
          "geographies": (string)[] | null;
          "id": string;
          "input_cost_per_mtok": number | null;
          "is_available": boolean;
          "is_default": boolean;
          "legacy_on": string | null;
          "lifecycle": string;
          "long_prompt_factor": number | null;
          "long_prompt_tokens": number | null;
          "max_tokens": number;
          "model_id": string;
          "model_name": string;
          "output_cost_per_mtok": number | null;
          "priority": number;
          "provider": string;
          "provider_retention": string;
          "provider_retention_checked_on": string | null;
          "provider_retention_source": string | null;
          "region": string | null;
          "retires_on": string | null;
          "rollout_id": number | null;
          "sampling": string;
          "serves_pinned": boolean;
          "source_url": string | null;
          "successor_model_id": string | null;
          "system_prompt": string;
          "temperature": number | null;
          "top_p": number | null;
          "updated_at": string;
          "use_case": string | null;
        };
        ComputedFields: never;
        Insert: {
          "aliases"?: (string)[];
          "cache_read_cost_per_mtok"?: number | null;
          "cache_write_1h_cost_per_mtok"?: number | null;
          "cache_write_cost_per_mtok"?: number | null;
          "canary_share"?: number | null;
          "capabilities"?: NonNullable<Json>;
          "checked_on"?: string | null;
          "context_window": number;
          "created_at"?: string;
          "description"?: string | null;
          "extended_access_on"?: string | null;
          "format": string;
          "geographies"?: (string)[] | null;
          "id"?: string;
          "input_cost_per_mtok"?: number | null;
          "is_available"?: boolean;
          "is_default"?: boolean;
          "legacy_on"?: string | null;
          "lifecycle"?: string;
          "long_prompt_factor"?: number | null;
          "long_prompt_tokens"?: number | null;
          "max_tokens": number;
          "model_id": string;
          "model_name": string;
          "output_cost_per_mtok"?: number | null;
          "priority"?: number;
          "provider": string;
          "provider_retention": string;
          "provider_retention_checked_on"?: string | null;
          "provider_retention_source"?: string | null;
          "region"?: string | null;
          "retires_on"?: string | null;
          "rollout_id"?: number | null;
          "sampling"?: string;
          "serves_pinned"?: boolean;
          "source_url"?: string | null;
          "successor_model_id"?: string | null;
          "system_prompt"?: string;
          "temperature"?: number | null;
          "top_p"?: number | null;
          "updated_at"?: string;
          "use_case"?: string | null;
        };
        Update: {
          "aliases"?: (string)[];
          "cache_read_cost_per_mtok"?: number | null;
          "cache_write_1h_cost_per_mtok"?: number | null;
          "cache_write_cost_per_mtok"?: number | null;
          "canary_share"?: number | null;
          "capabilities"?: NonNullable<Json>;
          "checked_on"?: string | null;
          "context_window"?: number;
          "created_at"?: string;
          "description"?: string | null;
          "extended_access_on"?: string | null;
          "format"?: string;
          "geographies"?: (string)[] | null;
          "id"?: string;
          "input_cost_per_mtok"?: number | null;
          "is_available"?: boolean;
          "is_default"?: boolean;
          "legacy_on"?: string | null;
          "lifecycle"?: string;
          "long_prompt_factor"?: number | null;
          "long_prompt_tokens"?: number | null;
          "max_tokens"?: number;
          "model_id"?: string;
          "model_name"?: string;
          "output_cost_per_mtok"?: number | null;
          "priority"?: number;
          "provider"?: string;
          "provider_retention"?: string;
          "provider_retention_checked_on"?: string | null;
          "provider_retention_source"?: string | null;
          "region"?: string | null;
          "retires_on"?: string | null;
          "rollout_id"?: number | null;
          "sampling"?: string;
          "serves_pinned"?: boolean;
          "source_url"?: string | null;
          "successor_model_id"?: string | null;
          "system_prompt"?: string;
          "temperature"?: number | null;
          "top_p"?: number | null;
          "updated_at"?: string;
          "use_case"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "bedrock_models_rollout_id_fkey";
            columns: ["rollout_id"];
            isOneToOne: false;
            referencedRelation: "ai_rollouts";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "bedrock_models_successor_model_id_fkey";
            columns: ["successor_model_id"];
            isOneToOne: false;
            referencedRelation: "bedrock_models";
            referencedColumns: ["model_id"];
          },
        ];
      };
      "model_prices": {
        Row: {
          "cache_read_cost_per_mtok": number | null;
          "cache_write_1h_cost_per_mtok": number | null;
          "cache_write_cost_per_mtok": number | null;
          "id": number;
          "input_cost_per_mtok": number | null;
          "long_prompt_factor": number | null;
          "long_prompt_tokens": number | null;
          "model_id": string;
          "output_cost_per_mtok": number | null;
          "scheduled": boolean;
          "valid_from": string;
          "valid_to": string | null;
        };
        ComputedFields: never;
        Insert: {
          "cache_read_cost_per_mtok"?: number | null;
          "cache_write_1h_cost_per_mtok"?: number | null;
          "cache_write_cost_per_mtok"?: number | null;
          "id"?: never;
          "input_cost_per_mtok"?: number | null;
          "long_prompt_factor"?: number | null;
          "long_prompt_tokens"?: number | null;
          "model_id": string;
          "output_cost_per_mtok"?: number | null;
          "scheduled"?: boolean;
          "valid_from": string;
          "valid_to"?: string | null;
        };
        Update: {
          "cache_read_cost_per_mtok"?: number | null;
          "cache_write_1h_cost_per_mtok"?: number | null;
          "cache_write_cost_per_mtok"?: number | null;
          "id"?: never;
          "input_cost_per_mtok"?: number | null;
          "long_prompt_factor"?: number | null;
          "long_prompt_tokens"?: number | null;
          "model_id"?: string;
          "output_cost_per_mtok"?: number | null;
          "scheduled"?: boolean;
          "valid_from"?: string;
          "valid_to"?: string | null;
        };
        Relationships: [];
      };
      "model_probes": {
        Row: {
          "checks": NonNullable<Json>;
          "created_at": string;
          "error_code": string | null;
          "id": number;
          "input_tokens": number | null;
          "latency_ms": number | null;
          "model_id": string;
          "output_tokens": number | null;
          "passed": boolean;
        };
        ComputedFields: never;
        Insert: {
          "checks": NonNullable<Json>;
          "created_at"?: string;
          "error_code"?: string | null;
          "id"?: never;
          "input_tokens"?: number | null;
          "latency_ms"?: number | null;
          "model_id": string;
          "output_tokens"?: number | null;
          "passed": boolean;
        };
        Update: {
          "checks"?: NonNullable<Json>;
          "created_at"?: string;
          "error_code"?: string | null;
          "id"?: never;
          "input_tokens"?: number | null;
          "latency_ms"?: number | null;
          "model_id"?: string;
          "output_tokens"?: number | null;
          "passed"?: boolean;
        };
        Relationships: [
          {
            foreignKeyName: "model_probes_model_id_fkey";
            columns: ["model_id"];
            isOneToOne: false;
            referencedRelation: "bedrock_models";
            referencedColumns: ["model_id"];
          },
        ];
      };
      "model_switch_signatures": {
        Row: {
          "reason": string | null;
          "signed_at": string;
          "signed_by": string;
          "switch_id": number;
        };
        ComputedFields: never;
        Insert: {
          "reason"?: string | null;
          "signed_at"?: string;
          "signed_by": string;
          "switch_id": number;
        };
        Update: {
          "reason"?: string | null;
          "signed_at"?: string;
          "signed_by"?: string;
          "switch_id"?: number;
        };
        Relationships: [];
      };
      "model_switches": {
        Row: {
          "action": string;
          "actor_key_name": string | null;
          "actor_proven": boolean;
          "actor_user_id": string | null;
          "application_name": string | null;
          "approval": string | null;
          "assistant_type": string | null;
          "created_at": string;
          "database_role": string;
          "hash": string;
          "id": number;
          "is_seeded": boolean;
          "model_id": string | null;
          "previous_hash": string;
          "probe": string | null;
          "probe_id": number | null;
          "proposal_id": number | null;
          "reason": string | null;
          "registry_version": number;
          "rollback_of": number | null;
          "row_after": Json | null;
          "row_before": Json | null;
          "searched_text": string;
          "session_role": string;
          "source": string;
          "table_name": string;
          "transaction_id": number;
        };
        ComputedFields: never;
        Insert: {
          "action": string;
          "actor_key_name"?: string | null;
          "actor_proven": boolean;
          "actor_user_id"?: string | null;
          "application_name"?: string | null;
          "approval"?: string | null;
          "assistant_type"?: string | null;
          "created_at"?: string;
          "database_role": string;
          "hash": string;
          "id"?: never;
          "is_seeded"?: boolean;
          "model_id"?: string | null;
          "previous_hash": string;
          "probe"?: string | null;
          "probe_id"?: number | null;
          "proposal_id"?: number | null;
          "reason"?: string | null;
          "registry_version": number;
          "rollback_of"?: number | null;
          "row_after"?: Json | null;
          "row_before"?: Json | null;
          "searched_text"?: never;
          "session_role"?: string;
          "source": string;
          "table_name": string;
          "transaction_id"?: number;
        };
        Update: {
          "action"?: string;
          "actor_key_name"?: string | null;
          "actor_proven"?: boolean;
          "actor_user_id"?: string | null;
          "application_name"?: string | null;
          "approval"?: string | null;
          "assistant_type"?: string | null;
          "created_at"?: string;
          "database_role"?: string;
          "hash"?: string;
          "id"?: never;
          "is_seeded"?: boolean;
          "model_id"?: string | null;
          "previous_hash"?: string;
          "probe"?: string | null;
          "probe_id"?: number | null;
          "proposal_id"?: number | null;
          "reason"?: string | null;
          "registry_version"?: number;
          "rollback_of"?: number | null;
          "row_after"?: Json | null;
          "row_before"?: Json | null;
          "searched_text"?: never;
          "session_role"?: string;
          "source"?: string;
          "table_name"?: string;
          "transaction_id"?: number;
        };
        Relationships: [];
      };
      "registry_settings": {
        Row: {
          "allow_anonymous_users": boolean;
          "allow_provider_retention": boolean;
          "allowed_geographies": (string)[];
          "backup_days": number;
          "function_geographies": (string)[] | null;
          "id": boolean;
          "on_role_change": string;
          "require_mfa": boolean;
          "require_person": boolean;
          "updated_at": string;
        };
        ComputedFields: never;
        Insert: {
          "allow_anonymous_users"?: boolean;
          "allow_provider_retention"?: boolean;
          "allowed_geographies"?: (string)[];
          "backup_days"?: number;
          "function_geographies"?: (string)[] | null;
          "id"?: boolean;
          "on_role_change"?: string;
          "require_mfa"?: boolean;
          "require_person"?: boolean;
          "updated_at"?: string;
        };
        Update: {
          "allow_anonymous_users"?: boolean;
          "allow_provider_retention"?: boolean;
          "allowed_geographies"?: (string)[];
          "backup_days"?: number;
          "function_geographies"?: (string)[] | null;
          "id"?: boolean;
          "on_role_change"?: string;
          "require_mfa"?: boolean;
          "require_person"?: boolean;
          "updated_at"?: string;
        };
        Relationships: [];
      };
      "registry_version": {
        Row: {
          "changed_at": string;
          "id": boolean;
          "last_switch_hash": string;
          "version": number;
        };
        ComputedFields: never;
        Insert: {
          "changed_at"?: string;
          "id"?: boolean;
          "last_switch_hash"?: string;
          "version"?: number;
        };
        Update: {
          "changed_at"?: string;
          "id"?: boolean;
          "last_switch_hash"?: string;
          "version"?: number;
        };
        Relationships: [];
      };
    };
    Views: {
      "daily_latency": {
        Row: {
          "answers": number | null;
          "day": string | null;
          "errors": number | null;
          "mean_ms": number | null;
          "model_id": string | null;
          "p50_ms": number | null;
          "p95_ms": number | null;
          "p99_ms": number | null;
          "stddev_ms": number | null;
          "ttft_mean_ms": number | null;
          "ttft_p50_ms": number | null;
          "ttft_p95_ms": number | null;
          "ttft_p99_ms": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "daily_usage": {
        Row: {
          "assistant_type": string | null;
          "cache_read_tokens": number | null;
          "cache_write_1h_tokens": number | null;
          "cache_write_tokens": number | null;
          "complete": number | null;
          "conversations": number | null;
          "cost_usd": number | null;
          "day": string | null;
          "estimated_usd": number | null;
          "failed": number | null;
          "fallbacks": number | null;
          "input_tokens": number | null;
          "interventions": number | null;
          "model_id": string | null;
          "output_tokens": number | null;
          "partial": number | null;
          "thinking_tokens": number | null;
          "trial_usd": number | null;
          "trials": number | null;
          "turns": number | null;
          "unpriced": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "hourly_usage": {
        Row: {
          "assistant_type": string | null;
          "cache_read_tokens": number | null;
          "cache_write_1h_tokens": number | null;
          "cache_write_tokens": number | null;
          "complete": number | null;
          "conversations": number | null;
          "cost_usd": number | null;
          "estimated_usd": number | null;
          "failed": number | null;
          "fallbacks": number | null;
          "hour": string | null;
          "input_tokens": number | null;
          "interventions": number | null;
          "model_id": string | null;
          "output_tokens": number | null;
          "partial": number | null;
          "thinking_tokens": number | null;
          "trial_usd": number | null;
          "trials": number | null;
          "turns": number | null;
          "unpriced": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "latest_model_probes": {
        Row: {
          "checks": NonNullable<Json>;
          "created_at": string;
          "error_code": string | null;
          "input_tokens": number | null;
          "latency_ms": number | null;
          "model_id": string;
          "output_tokens": number | null;
          "passed": boolean;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "model_probes_model_id_fkey";
            columns: ["model_id"];
            isOneToOne: false;
            referencedRelation: "bedrock_models";
            referencedColumns: ["model_id"];
          },
        ];
      };
      "month_costs": {
        Row: {
          "assistant_type": string | null;
          "estimated_usd": number | null;
          "model_id": string | null;
          "projected_usd": number | null;
          "to_date_usd": number | null;
          "trial_usd": number | null;
          "trials": number | null;
          "turns": number | null;
          "unpriced": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
    };
    Functions: {
      "acknowledge_alert": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_id": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "adopt_due_prices": { Args: Record<PropertyKey, never>; Returns: number };
      "apply_catalog_changes": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_changes": Json;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "approve_change": { Args: { "p_id": number; "p_source"?: string }; Returns: Json };
      "assign_model": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_assistant_type": string;
          "p_expected_version"?: number;
          "p_fallback_models"?: (string)[];
          "p_model_id"?: string;
          "p_probe_id"?: number;
          "p_reason"?: string;
          "p_sets_fallback_models"?: boolean;
          "p_source"?: string;
          "p_watch_minutes"?: number;
        };
        Returns: Json;
      };
      "attach_evaluation": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_assistant_type": string;
          "p_evaluation": Json;
          "p_model_id": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "begin_call": { Args: { "p_call": Json }; Returns: Json };
      "begin_chat_turn": { Args: { "p_turn": Json }; Returns: Json };
      "begin_tick_step": { Args: { "p_step": string }; Returns: boolean };
      "claim_alert_delivery": { Args: { "p_lease_seconds"?: number }; Returns: Json };
      "claim_erasure_objects": { Args: { "p_limit"?: number }; Returns: Json };
      "complete_call": { Args: { "p_end": Json }; Returns: number };
      "complete_chat_turn": { Args: { "p_end": Json }; Returns: Json };
      "continue_erasures": { Args: { "p_batch"?: number }; Returns: Json };
      "cost_report": {
        Args: { "p_bucket": string; "p_from": string; "p_to": string };
        Returns: Json;
      };
      "create_api_key": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_key": Json;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "create_assistant": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_assistant": Json;
          "p_assistant_type": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "disable_model": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_at_once"?: boolean;
          "p_model_id": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "discard_alert_deliveries": { Args: Record<PropertyKey, never>; Returns: number };
      "enable_model": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_model_id": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "end_rollout": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_id": number;
          "p_outcome": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "end_tick_step": {
        Args: { "p_error"?: string; "p_result"?: Json; "p_step": string };
        Returns: undefined;
      };
      "erase_conversation": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_conversation_id": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "erase_user": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_reason"?: string;
          "p_source"?: string;
          "p_user_id": string;
        };
        Returns: Json;
      };
      "explain_turn": { Args: { "p_message_id"?: string; "p_request_id"?: string }; Returns: Json };
      "export_user": {
        Args: { "p_after"?: string; "p_limit"?: number; "p_user_id": string };
        Returns: Json;
      };
      "find_user_id": { Args: { "p_email": string }; Returns: string };
      "foresee_retirement": {
        Args: { "p_model_id": string; "p_successor_model_id"?: string };
        Returns: Json;
      };
      "impact_figures": { Args: { "p_model_ids": (string)[]; "p_moves": Json }; Returns: Json };
      "latency_figures": {
        Args: { "p_bucket"?: string; "p_from"?: string; "p_to"?: string };
        Returns: {
          "answers": number;
          "bucket_start": string;
          "errors": number;
          "mean_ms": number;
          "model_id": string;
          "p50_ms": number;
          "p95_ms": number;
          "p99_ms": number;
          "stddev_ms": number;
          "ttft_mean_ms": number;
          "ttft_p50_ms": number;
          "ttft_p95_ms": number;
          "ttft_p99_ms": number;
        }[];
      };
      "limit_status": { Args: { "p_id"?: number; "p_most"?: number }; Returns: Json };
      "list_alert_rules": { Args: Record<PropertyKey, never>; Returns: Json };
      "list_alerts": { Args: { "p_most"?: number; "p_open"?: boolean }; Returns: Json };
      "list_api_keys": { Args: Record<PropertyKey, never>; Returns: Json };
      "list_change_proposals": { Args: { "p_limit"?: number; "p_status"?: string }; Returns: Json };
      "list_erasures": { Args: { "p_before_id"?: number; "p_limit"?: number }; Returns: Json };
      "list_evaluations": {
        Args: { "p_assistant_type"?: string; "p_limit"?: number; "p_model_id"?: string };
        Returns: Json;
      };
      "list_legal_holds": { Args: Record<PropertyKey, never>; Returns: Json };
      "list_lifecycle": { Args: Record<PropertyKey, never>; Returns: Json };
      "list_limits": { Args: Record<PropertyKey, never>; Returns: Json };
      "list_model_prices": { Args: { "p_model_id": string }; Returns: Json };
      "list_model_switches": {
        Args: {
          "p_actions"?: (string)[];
          "p_actor"?: string;
          "p_assistant_type"?: string;
          "p_before"?: number;
          "p_from"?: string;
          "p_limit"?: number;
          "p_model_id"?: string;
          "p_search"?: string;
          "p_to"?: string;
        };
        Returns: Json;
      };
      "list_rollouts": { Args: { "p_id"?: number; "p_limit"?: number }; Returns: Json };
      "list_user_roles": {
        Args: {
          "p_after"?: string;
          "p_after_id"?: string;
          "p_assistant_type"?: string;
          "p_email"?: string;
          "p_limit"?: number;
        };
        Returns: Json;
      };
      "metrics_report": { Args: Record<PropertyKey, never>; Returns: Json };
      "missing_evaluations": {
        Args: { "p_assistant_type"?: string; "p_model_id": string };
        Returns: Json;
      };
      "next_rollback": { Args: Record<PropertyKey, never>; Returns: Json };
      "performance_report": {
        Args: { "p_bucket": string; "p_from": string; "p_to": string };
        Returns: Json;
      };
      "propose_change": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_change": Json;
          "p_effective_at"?: string;
          "p_expires_at"?: string;
          "p_probe_id"?: number;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "raise_hold": {
        Args: { "p_run_id": string; "p_tokens": number; "p_usd": number };
        Returns: Json;
      };
      "read_evidence": {
        Args: {
          "p_include_words"?: boolean;
          "p_message_id"?: string;
          "p_reader_user_id"?: string;
          "p_request_id"?: string;
        };
        Returns: Json;
      };
      "read_registry": { Args: Record<PropertyKey, never>; Returns: Json };
      "read_registry_after_rollback": { Args: { "p_to"?: number }; Returns: Json };
      "read_registry_as_of": { Args: { "p_seen_at"?: string; "p_version": number }; Returns: Json };
      "read_registry_part": { Args: { "p_model_ids": (string)[] }; Returns: Json };
      "record_alert_delivery": {
        Args: {
          "p_attempt": number;
          "p_error"?: string;
          "p_id": string;
          "p_retry_after_seconds"?: number;
        };
        Returns: undefined;
      };
      "record_aws_list": {
        Args: { "p_listed": (string)[]; "p_unlisted": (string)[] };
        Returns: Json;
      };
      "record_data_retention": {
        Args: { "p_mode"?: string; "p_region": string };
        Returns: undefined;
      };
      "record_erased_objects": { Args: { "p_results": Json }; Returns: undefined };
      "record_export": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_lines"?: number;
          "p_reason"?: string;
          "p_source"?: string;
          "p_user_id": string;
        };
        Returns: Json;
      };
      "record_model_end": { Args: { "p_model_id": string }; Returns: Json };
      "record_model_probe": { Args: { "p_model_id": string; "p_probe": Json }; Returns: number };
      "record_trial": { Args: { "p_trial": Json }; Returns: number };
      "reject_change": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_id": number;
          "p_reason"?: string;
        };
        Returns: Json;
      };
      "release_holds": { Args: { "p_run_id": string }; Returns: undefined };
      "remove_legal_hold": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_reason"?: string;
          "p_source"?: string;
          "p_user_id": string;
        };
        Returns: Json;
      };
      "remove_limit": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_id": number;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "require_present_operator": {
        Args: { "p_aal"?: string; "p_session_id"?: string; "p_user_id": string };
        Returns: undefined;
      };
      "retire_model": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_expected_version"?: number;
          "p_model_id": string;
          "p_reason"?: string;
          "p_source"?: string;
          "p_successor_model_id"?: string;
        };
        Returns: Json;
      };
      "revoke_api_key": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_id": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "roll_back_switches": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_expected_version"?: number;
          "p_reason"?: string;
          "p_source"?: string;
          "p_to"?: number;
        };
        Returns: Json;
      };
      "roll_up_usage": {
        Args: { "p_from_start"?: boolean; "p_most_days"?: number };
        Returns: string;
      };
      "rotate_api_key": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_digest": string;
          "p_grace_hours"?: number;
          "p_id": string;
          "p_prefix": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "schedule_tick": {
        Args: { "p_url"?: string; "p_vault_secret"?: string };
        Returns: (string)[];
      };
      "set_alert_rule": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_kind": string;
          "p_reason"?: string;
          "p_rule": Json;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "set_assistant": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_assistant": Json;
          "p_assistant_type": string;
          "p_expected_version"?: number;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "set_default_model": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_expected_version"?: number;
          "p_model_id": string;
          "p_probe_id"?: number;
          "p_reason"?: string;
          "p_source"?: string;
          "p_watch_minutes"?: number;
        };
        Returns: Json;
      };
      "set_legal_hold": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_reason"?: string;
          "p_source"?: string;
          "p_until"?: string;
          "p_user_id": string;
        };
        Returns: Json;
      };
      "set_limit": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_dry_run"?: boolean;
          "p_limit": Json;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "set_model_aliases": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_aliases": (string)[];
          "p_expected_version"?: number;
          "p_model_id": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "set_model_price": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_expected_version"?: number;
          "p_model_id": string;
          "p_prices"?: Json;
          "p_reason"?: string;
          "p_source"?: string;
          "p_valid_from"?: string;
        };
        Returns: Json;
      };
      "set_provider_retention": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_checked_on": string;
          "p_expected_version"?: number;
          "p_model_id": string;
          "p_provider_retention": string;
          "p_reason"?: string;
          "p_retention_source": string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "set_registry_settings": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_reason"?: string;
          "p_settings": Json;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "set_retention": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_assistant_type"?: string;
          "p_keep_days"?: number;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "set_rollout_share": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_id": number;
          "p_reason"?: string;
          "p_share": number;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "set_user_role": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_assistant_type"?: string;
          "p_email": string;
          "p_reason"?: string;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "sign_switch": { Args: { "p_id": number; "p_reason"?: string }; Returns: Json };
      "start_rollout": {
        Args: {
          "p_actor_key_name"?: string;
          "p_actor_user_id"?: string;
          "p_assistant_type"?: string;
          "p_expected_version"?: number;
          "p_guards"?: Json;
          "p_model_id": string;
          "p_on_verdict"?: string;
          "p_probe_id"?: number;
          "p_reason"?: string;
          "p_share": number;
          "p_source"?: string;
        };
        Returns: Json;
      };
      "switch_effect_report": {
        Args: { "p_from": string; "p_limit"?: number; "p_to": string; "p_window_hours"?: number };
        Returns: Json;
      };
      "tick": { Args: Record<PropertyKey, never>; Returns: Json };
      "tick_status": { Args: Record<PropertyKey, never>; Returns: Json };
      "unschedule_tick": { Args: Record<PropertyKey, never>; Returns: (string)[] };
      "usage_by_caller": {
        Args: {
          "p_assistant_type"?: string;
          "p_bucket": string;
          "p_by": string;
          "p_from": string;
          "p_model_id"?: string;
          "p_most"?: number;
          "p_to": string;
        };
        Returns: Json;
      };
      "usage_figures": {
        Args: {
          "p_assistant_type"?: string;
          "p_bucket"?: string;
          "p_by"?: string;
          "p_from"?: string;
          "p_model_id"?: string;
          "p_purpose"?: string;
          "p_to"?: string;
        };
        Returns: {
          "assistant_type": string;
          "bucket_start": string;
          "cache_read_tokens": number;
          "cache_write_1h_tokens": number;
          "cache_write_tokens": number;
          "caller": string;
          "complete": number;
          "conversations": number;
          "cost_usd": number;
          "estimated_usd": number;
          "failed": number;
          "fallbacks": number;
          "input_tokens": number;
          "interventions": number;
          "model_id": string;
          "output_tokens": number;
          "partial": number;
          "thinking_tokens": number;
          "trial_usd": number;
          "trials": number;
          "turns": number;
          "unpriced": number;
        }[];
      };
      "usage_report": {
        Args: {
          "p_assistant_type"?: string;
          "p_bucket": string;
          "p_by"?: string;
          "p_from": string;
          "p_model_id"?: string;
          "p_to": string;
        };
        Returns: Json;
      };
      "user_may_manage_models": { Args: { "p_user_id": string }; Returns: boolean };
      "verify_limits": { Args: Record<PropertyKey, never>; Returns: Json };
      "verify_model_switches": { Args: { "p_known_hash"?: string }; Returns: Json };
      "verify_verdict": { Args: { "p_id": number }; Returns: Json };
      "watch_metrics": { Args: Record<PropertyKey, never>; Returns: Json };
      "what_if_report": {
        Args: { "p_from": string; "p_model_id": string; "p_to": string };
        Returns: Json;
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends
    {
      Insert: infer I;
    } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends
    {
      Update: infer U;
    } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][
    CompositeTypeName
  ]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "public": {
    Enums: {},
  },
} as const;
