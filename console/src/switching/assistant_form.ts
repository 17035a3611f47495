import type { ArgumentsOf } from "../../../supabase/functions/_shared/contract/manage.ts";
import type { Effort } from "../../../supabase/functions/_shared/registry/capabilities.ts";
import type { ListedAssistant } from "../api/manage_actions.ts";

/** What is entered of an assistant; numbers as they are typed. */
export interface AssistantValues {
  readonly assistant_type: string;
  readonly name: string;
  readonly system_prompt: string;
  readonly temperature: string;
  readonly top_p: string;
  readonly max_tokens: string;
  /** Empty: as the model does by itself. */
  readonly effort: Effort | "";
  /** Null: any available model, empty: none. */
  readonly fallback_models: readonly string[] | null;
  /** Ids or aliases; null: any, empty: none. */
  readonly allowed_models: readonly string[] | null;
  readonly max_output_tokens: string;
  readonly on_disconnect: ListedAssistant["on_disconnect"];
  /** Empty: none. */
  readonly guardrail_id: string;
  readonly guardrail_version: string;
  readonly requires_evaluation: boolean;
  /** Days; empty: as long as prompt and settings stay. */
  readonly evaluation_max_age_days: string;
  readonly allow_provider_retention: boolean;
  readonly is_active: boolean;
  readonly is_protected: boolean;
}

type Fields = Omit<ArgumentsOf<"set-assistant">, "assistant_type" | "expected_version" | "reason">;

/** As an assistant that is not there yet begins. */
export const newAssistant: AssistantValues = {
  assistant_type: "",
  name: "",
  system_prompt: "",
  temperature: "",
  top_p: "",
  max_tokens: "",
  effort: "",
  fallback_models: null,
  allowed_models: [],
  max_output_tokens: "",
  on_disconnect: "finish",
  guardrail_id: "",
  guardrail_version: "",
  requires_evaluation: false,
  evaluation_max_age_days: "",
  allow_provider_retention: false,
  is_active: true,
  is_protected: false,
};

export function assistantValues(assistant: ListedAssistant): AssistantValues {
  const { temperature, top_p, max_tokens, effort = "" } = assistant.model_config;
  const text = (value: number | undefined) => value === undefined ? "" : String(value);
  return {
    assistant_type: assistant.assistant_type,
    name: assistant.name,
    system_prompt: assistant.system_prompt,
    temperature: text(temperature),
    top_p: text(top_p),
    max_tokens: text(max_tokens),
    effort,
    fallback_models: assistant.fallback_models,
    allowed_models: assistant.allowed_models,
    max_output_tokens: text(assistant.max_output_tokens ?? undefined),
    on_disconnect: assistant.on_disconnect,
    guardrail_id: assistant.guardrail_id ?? "",
    guardrail_version: assistant.guardrail_version ?? "",
    requires_evaluation: assistant.requires_evaluation,
    evaluation_max_age_days: text(assistant.evaluation_max_age_days ?? undefined),
    allow_provider_retention: assistant.allow_provider_retention,
    is_active: assistant.is_active,
    is_protected: assistant.is_protected,
  };
}

/** What is wrong with what was entered, in words; null where nothing is. */
export function problemOf(values: AssistantValues): string | null {
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(values.assistant_type)) {
    return "The type begins with a small letter; small letters, digits, - and _ follow.";
  }
  if (values.name.trim() === "") return "The name is missing.";
  if (!isShare(values.temperature)) return "The temperature is a number from 0 to 1.";
  if (!isShare(values.top_p)) return "Top p is a number from 0 to 1.";
  if (![values.max_tokens, values.max_output_tokens].every(isCount)) {
    return "The tokens of an answer are a whole number above 0.";
  }
  const [id, version] = [values.guardrail_id.trim(), values.guardrail_version.trim()];
  if ((id === "") !== (version === "")) return "A guardrail needs its id and its version.";
  if (!/^([1-9]\d*|DRAFT)?$/.test(version)) {
    return "The guardrail's version is a number above 0, or DRAFT.";
  }
  const days = values.evaluation_max_age_days;
  if (!isCount(days) || Number(days) > 3650) {
    return "An evaluation counts for a whole number of days, 3650 at most.";
  }
  return null;
}

const config = ["temperature", "top_p", "max_tokens", "effort"] as const;
const guardrail = ["guardrail_id", "guardrail_version"] as const;

/**
 * The fields that differ, as they are sent. The settings are one field: those of them that do not
 * differ are sent as they are at present.
 *
 * @param present Where it has changed since. Default: as it was before.
 */
export function changedFields(
  before: AssistantValues,
  now: AssistantValues,
  present: AssistantValues = before,
): Fields {
  const settings = Object.fromEntries(
    config.map((name) => [name, now[name].trim() === before[name] ? present[name] : now[name]]),
  );
  return {
    ...(now.name === before.name ? {} : { name: now.name.trim() }),
    ...(now.system_prompt === before.system_prompt ? {} : { system_prompt: now.system_prompt }),
    ...(config.every((name) => now[name].trim() === before[name])
      ? {}
      : { model_config: configOf({ ...now, ...settings }) }),
    ...(JSON.stringify(now.fallback_models) === JSON.stringify(before.fallback_models)
      ? {}
      : { fallback_models: now.fallback_models === null ? null : [...now.fallback_models] }),
    ...(JSON.stringify(now.allowed_models) === JSON.stringify(before.allowed_models)
      ? {}
      : { allowed_models: now.allowed_models === null ? null : [...now.allowed_models] }),
    ...(now.max_output_tokens.trim() === before.max_output_tokens
      ? {}
      : { max_output_tokens: Number(now.max_output_tokens) || null }),
    ...(now.on_disconnect === before.on_disconnect ? {} : { on_disconnect: now.on_disconnect }),
    // The two are one: a version belongs to its guardrail.
    ...(guardrail.every((name) => now[name].trim() === before[name])
      ? {}
      : Object.fromEntries(guardrail.map((name) => [name, now[name].trim() || null]))),
    ...(now.requires_evaluation === before.requires_evaluation
      ? {}
      : { requires_evaluation: now.requires_evaluation }),
    ...(now.evaluation_max_age_days.trim() === before.evaluation_max_age_days
      ? {}
      : { evaluation_max_age_days: Number(now.evaluation_max_age_days) || null }),
    ...(now.allow_provider_retention === before.allow_provider_retention
      ? {}
      : { allow_provider_retention: now.allow_provider_retention }),
    ...(now.is_active === before.is_active ? {} : { is_active: now.is_active }),
    ...(now.is_protected === before.is_protected ? {} : { is_protected: now.is_protected }),
  };
}

function configOf({ temperature, top_p, max_tokens, effort }: AssistantValues) {
  const set = (name: string, text: string) => text.trim() === "" ? {} : { [name]: Number(text) };
  return {
    ...set("temperature", temperature),
    ...set("top_p", top_p),
    ...set("max_tokens", max_tokens),
    ...(effort !== "" && { effort }),
  };
}

/** Whether it can be a number of tokens or days, or none. */
function isCount(text: string): boolean {
  return /^([1-9]\d*)?$/.test(text.trim());
}

function isShare(text: string): boolean {
  return /^((0?\.\d+)|0|1|(1\.0+)|(0\.\d*))?$/.test(text.trim());
}
