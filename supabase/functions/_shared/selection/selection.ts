import type { Model } from "../registry/model.ts";
import type { Registry } from "../registry/registry.ts";

/** Why a model answers, from the most to the least specific; `fallback` stands in for another. */
export const selectionReasons = [
  "pinned",
  "requested",
  "assistant",
  "use_case",
  "default",
  "priority",
  "fallback",
] as const;

export type SelectionReason = typeof selectionReasons[number];

/** What the choice of a model depends on, and nothing else. */
export interface SelectionRequest {
  readonly registry: Registry;
  /** The model that the conversation is pinned to; null for one without an answer yet. */
  readonly pinnedModelId: string | null;
  /** The model that the caller asks for. */
  readonly requestedModelId: string | null;
  readonly assistantType: string;
  /** Null: the assistant's type is taken as the use case. */
  readonly useCase: string | null;
}

/** A model that may answer, and why. */
export interface Selection {
  readonly model: Model;
  readonly reason: SelectionReason;
  /** With `fallback`, the model that this one stands in for; null with every other reason. */
  readonly replacedModelId: string | null;
}
