import type { ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";

/** What is entered of a new API key. */
export interface KeyValues {
  readonly name: string;
  /** Empty: none is set. */
  readonly assistant_type: string;
  /** Null: all. */
  readonly models: readonly string[] | null;
  readonly dialects: "both" | "openai" | "anthropic";
  /** As `datetime-local` has it, in UTC; empty: it does not expire. */
  readonly expires: string;
}

export const newKey: KeyValues = {
  name: "",
  assistant_type: "",
  models: null,
  dialects: "both",
  expires: "",
};

/**
 * What is wrong with what was entered, in words; null where nothing is.
 *
 * @param now In milliseconds.
 */
export function problemOfKey({ name, expires }: KeyValues, now: number): string | null {
  if (name.trim() === "") return "The name is missing.";
  if ([...name.trim()].length > 100) return "The name is longer than 100 characters.";
  if (expires !== "" && !(Date.parse(`${expires}Z`) > now)) {
    return "The key would expire in the past.";
  }
  return null;
}

/** The request's fields: a scope that is not set is left out. */
export function keyArgs(values: KeyValues): Omit<ArgumentsOf<"create-api-key">, "reason"> {
  const { assistant_type, models, dialects, expires } = values;
  return {
    name: values.name.trim(),
    ...(assistant_type !== "" && { assistant_type }),
    ...(models !== null && { models: [...models] }),
    ...(dialects !== "both" && { dialects: [dialects] }),
    ...(expires !== "" && { expires_at: `${expires}:00Z` }),
  };
}
