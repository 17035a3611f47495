import type { Assistant } from "./assistant.ts";
import type { Registry } from "./registry.ts";

/** What a model is to be used for: that decides whether it may be. */
export interface ModelUse {
  /** Where calls may be processed, such as `eu`. */
  readonly allowedGeographies: readonly string[];
  /** Whether its provider may keep what it is asked and answers. */
  readonly allowsRetention: boolean;
  /** The type of the assistant that it answers as; null: of none. */
  readonly assistantType: string | null;
}

/** The part of a registry that says what models are used for. */
export type Uses = Pick<Registry, "settings" | "assistants">;

/**
 * The use of a model for the turns and calls of an assistant or, with null, for calls that are with
 * none. An assistant that is not in the registry allows nothing.
 */
export function useFor({ settings, assistants }: Uses, assistantType: string | null): ModelUse {
  const assistant = assistants.find((row) => row.assistant_type === assistantType);
  return {
    allowedGeographies: settings.allowed_geographies,
    allowsRetention: assistantType === null
      ? settings.allow_provider_retention
      : assistant?.allow_provider_retention ?? false,
    assistantType,
  };
}

/** What holds of a model whatever it is used for; assistants may still be kept from it. */
export function useForAny({ settings }: Pick<Uses, "settings">): ModelUse {
  return {
    allowedGeographies: settings.allowed_geographies,
    allowsRetention: true,
    assistantType: null,
  };
}

/** The active assistants that models whose provider keeps traffic are kept from. */
export function assistantsWithoutRetention({ assistants }: Uses): readonly Assistant[] {
  return assistants.filter((row) => row.is_active && !row.allow_provider_retention);
}
