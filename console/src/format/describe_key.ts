/** API keys in words, and the names of models that clients use. */
import type { ApiKey, ListedAssistant, ListedModel } from "../api/manage_actions.ts";
import { nameOfModel } from "./model_state.ts";
import { formatMoment } from "./time.ts";

/** The two endpoints, by what they speak. */
export const dialectNames = {
  openai: "Chat Completions (openai)",
  anthropic: "Messages (anthropic)",
} as const;

const isUserId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A model by its name; an alias with the model that it means now. */
export function describeName(
  name: string,
  models: readonly Pick<ListedModel, "model_id" | "model_name" | "aliases">[],
): string {
  const aliased = models.find(({ aliases }) => aliases.includes(name));
  return aliased === undefined ? nameOfModel(name, models) : `${name} (now ${aliased.model_name})`;
}

/** What a key may be used for, a line each. */
export function describeScopes(
  key: Pick<ApiKey, "assistant_type" | "models" | "dialects">,
  { models, assistants }: {
    readonly models: readonly ListedModel[];
    readonly assistants: readonly ListedAssistant[];
  },
): readonly { readonly term: string; readonly text: string }[] {
  const assistant = assistants.find((each) => each.assistant_type === key.assistant_type);
  return [
    { term: "Assistant", text: assistant?.name ?? key.assistant_type ?? "any, or none" },
    {
      term: "Models",
      text: key.models?.map((name) => describeName(name, models)).join(", ") ?? "all",
    },
    { term: "Endpoints", text: key.dialects?.join(", ") ?? "both" },
  ];
}

/** When a key ends or has ended. */
export function describeKeyEnd(key: Pick<ApiKey, "ends_at" | "revoked_at">): string {
  if (key.revoked_at !== null) return `revoked ${formatMoment(key.revoked_at)}`;
  return key.ends_at === null ? "never" : formatMoment(key.ends_at);
}

/** Who made a key: a user by the address, as far as that is known; else a key or a database role. */
export function describeMaker(
  maker: string | null,
  people: ReadonlyMap<string, string>,
): string | null {
  if (maker === null) return null;
  return people.get(maker) ?? (isUserId.test(maker) ? `user ${maker.slice(0, 8)}` : maker);
}

/** Those that can be used first, each group in the order that it came in. */
export function orderKeys(keys: readonly ApiKey[]): readonly ApiKey[] {
  const place = ({ state }: ApiKey) => state === "active" ? 0 : 1;
  return [...keys].sort((one, other) => place(one) - place(other));
}

/** The variables of the makers' own clients, and what they are set to for this project. */
export function baseUrls(
  supabaseUrl: string,
  dialects: ApiKey["dialects"],
): readonly { readonly term: string; readonly text: string }[] {
  const functions = `${supabaseUrl}/functions/v1`;
  return [
    { dialect: "openai", term: "OPENAI_BASE_URL", text: `${functions}/openai/v1` },
    { dialect: "anthropic", term: "ANTHROPIC_BASE_URL", text: `${functions}/anthropic` },
  ].filter(({ dialect }) => dialects?.includes(dialect) ?? true)
    .map(({ term, text }) => ({ term, text }));
}
