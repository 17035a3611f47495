import type { ErrorCode } from "../core/app_error.ts";
import type { MeasuredMedia } from "../core/media_limits.ts";
import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";

/** Why a model answers, from the most to the least specific; `fallback` stands in for another. */
export const selectionReasons = [
  "pinned",
  "requested",
  "canary",
  "assistant",
  "use_case",
  "default",
  "priority",
  "fallback",
] as const;

export type SelectionReason = typeof selectionReasons[number];

/** What a question asks of a model besides reading text. */
export interface ContentNeeds {
  /** Those in results of tools included. */
  readonly media: readonly MeasuredMedia[];
  /** Whether the model may call tools. */
  readonly tools: boolean;
}

/** What the choice of a model depends on, and nothing else. */
export interface SelectionRequest {
  readonly registry: Registry;
  /** The model that the conversation is pinned to; null for one without an answer yet. */
  readonly pinnedModelId: string | null;
  /** The model that the caller asks for. */
  readonly requestedModelId: string | null;
  /** Null: the rules of no assistant hold. */
  readonly assistantType: string | null;
  /** Null: the assistant's type is taken as the use case. */
  readonly useCase: string | null;
  /** Default: text alone. */
  readonly needs?: ContentNeeds;
  /** The model whose side of a rollout the request is on; default and null: none. */
  readonly canaryModelId?: string | null;
  /** Whether the pin ended with the rollout that had made it. Default: no. */
  readonly pinIsReverted?: boolean;
}

/** A model that should answer and cannot, and why. */
export interface ReplacedModel {
  readonly modelId: string;
  /**
   * `model_not_available`, `model_retired`, `model_outside_geographies`, `provider_retains_data` or
   * `rollout_reverted`, for good;
   * `modality_not_supported` for this question only.
   */
  readonly code: ErrorCode;
  readonly message: string;
}

/** A model that may answer, and why. */
export interface Selection {
  readonly model: Model;
  readonly reason: SelectionReason;
  /** The model that every selection of a request stands in for; null where the first should answer. */
  readonly replaced: ReplacedModel | null;
  /**
   * Whether the rules call for this model: the first that they name or, where a conversation has
   * lost its pin, the one that a new conversation would get. Every other is a fallback.
   */
  readonly isDue: boolean;
}

/** The id of the model that the rules name first, whether or not it can answer. */
export function namedFirst({ model, replaced }: Selection): string {
  return replaced?.modelId ?? model.model_id;
}
