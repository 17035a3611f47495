import { z } from "zod";

/** A key of the project, and the name that its settings give it. */
export interface NamedKey {
  readonly name: string;
  readonly key: string;
}

/** `{"default":"sb_…"}` as the platform injects it. */
const keyMap = z.string().transform((text, context) => {
  try {
    const keys = z.record(z.string(), z.string().min(1)).parse(JSON.parse(text));
    return Object.entries(keys).map(([name, key]): NamedKey => ({ name, key }));
  } catch {
    context.addIssue({
      code: "custom",
      message: "is not a JSON object of keys",
    });
    return z.NEVER;
  }
});

const jwksShape = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })),
});

/** A JSON Web Key Set; some hosts inject the bare list of keys. */
const jwks = z.string().transform((text, context) => {
  try {
    const value = JSON.parse(text);
    return jwksShape.parse(Array.isArray(value) ? { keys: value } : value);
  } catch {
    context.addIssue({ code: "custom", message: "is not a JSON Web Key Set" });
    return z.NEVER;
  }
});

/** What the legacy `service_role` key is called; no key of SUPABASE_SECRET_KEYS has a space in its name. */
export const legacySecretKeyName = "service_role (legacy)";

/** At most an hour: timers, and the database's integers, end at 25 days. */
const milliseconds = z.coerce.number().int().positive().max(3_600_000);

/** As AWS names its regions; some hosts may have names of their own, which are no known place. */
const regionName = z.string().regex(/^[a-z0-9-]{1,50}$/, "is not the name of a region");

/** Deadline of a turn, where CHAT_TIMEOUT_MS does not set another. */
export const defaultChatTimeoutMs = 60_000;

const environmentSchema = z.object({
  SUPABASE_URL: z.url(),
  SUPABASE_PUBLISHABLE_KEYS: keyMap.default([]),
  SUPABASE_SECRET_KEYS: keyMap.default([]),
  SUPABASE_ANON_KEY: z.string().optional(),
  SUPABASE_SERVICE_ROLE_KEY: z.string().optional(),
  SUPABASE_JWKS: jwks.default({ keys: [] }),
  JWT_SECRET: z.string().optional(),
  JWT_ISSUER: z.string().optional(),
  SB_REGION: regionName.optional(),
  REGISTRY_TTL_SECONDS: z.coerce.number().positive().max(3600).default(3600),
  CHAT_TIMEOUT_MS: milliseconds.default(defaultChatTimeoutMs),
  // More than any model takes; four times as many characters fit the database's integers.
  CHAT_HISTORY_TOKENS: z.coerce.number().int().nonnegative().max(100_000_000).default(32_000),
  BEDROCK_RETRY_BASE_MS: milliseconds.default(1000),
});

/**
 * The issuer of a hosted project's tokens, also behind a domain of its own. Elsewhere SUPABASE_URL
 * may be an address within a network, and does not tell.
 */
function hostedIssuer(supabaseUrl: string): string | null {
  const { origin } = new URL(supabaseUrl);
  return /^https:\/\/[a-z]{20}\.supabase\.co$/.test(origin) ? `${origin}/auth/v1` : null;
}

/** What the functions need to know of the project that they run in. */
export interface Environment {
  readonly supabaseUrl: string;
  /** Keys that prove nothing: publishable keys and the legacy `anon` key. */
  readonly publicKeys: readonly NamedKey[];
  /** Keys of servers and operators: secret keys and the legacy `service_role` key. */
  readonly secretKeys: readonly [NamedKey, ...NamedKey[]];
  /** The project's public signing keys. */
  readonly jwks: z.infer<typeof jwksShape>;
  /** The HS256 secret of a self-hosted, embedded or older project; null on others. */
  readonly jwtSecret: string | null;
  /** The `iss` of the Auth server's tokens; null where it is not known. */
  readonly jwtIssuer: string | null;
  /** The AWS region that the function runs in; null where the platform does not say. */
  readonly functionRegion: string | null;
  /** The most a cached registry lives. */
  readonly registryTtlMs: number;
  /** Deadline of a turn. */
  readonly chatTimeoutMs: number;
  /** Most tokens of history that a model is sent, by estimate. */
  readonly chatHistoryTokens: number;
  /** Base of the waits between calls of a model that fails for a moment. */
  readonly retryBaseMs: number;
}

/**
 * Reads the environment of a function once, at its start.
 *
 * @throws {Error} naming each variable that is missing or cannot be read, never its value
 */
export function readEnvironment(
  variables: Record<string, string | undefined>,
): Environment {
  // An empty variable is an unset one, as `NAME=` in an .env file.
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) =>
      `${issue.path.join(".")}: ${issue.message}`
    );
    throw new Error(`The environment cannot be used: ${problems.join("; ")}`);
  }
  const env = parsed.data;
  const present = (name: string, key: string | undefined) =>
    key === undefined ? [] : [{ name, key }];
  const [firstSecretKey, ...otherSecretKeys] = [
    ...env.SUPABASE_SECRET_KEYS,
    ...present(legacySecretKeyName, env.SUPABASE_SERVICE_ROLE_KEY),
  ];
  if (firstSecretKey === undefined) {
    throw new Error(
      "The environment cannot be used: neither SUPABASE_SECRET_KEYS nor " +
        "SUPABASE_SERVICE_ROLE_KEY holds a key",
    );
  }
  return {
    supabaseUrl: env.SUPABASE_URL,
    publicKeys: [
      ...env.SUPABASE_PUBLISHABLE_KEYS,
      ...present("anon", env.SUPABASE_ANON_KEY),
    ],
    secretKeys: [firstSecretKey, ...otherSecretKeys],
    jwks: env.SUPABASE_JWKS,
    jwtSecret: env.JWT_SECRET ?? null,
    jwtIssuer: env.JWT_ISSUER ?? hostedIssuer(env.SUPABASE_URL),
    functionRegion: env.SB_REGION ?? null,
    registryTtlMs: env.REGISTRY_TTL_SECONDS * 1000,
    chatTimeoutMs: env.CHAT_TIMEOUT_MS,
    chatHistoryTokens: env.CHAT_HISTORY_TOKENS,
    retryBaseMs: env.BEDROCK_RETRY_BASE_MS,
  };
}
