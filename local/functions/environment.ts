import { localJwks, type ProjectKeys } from "../keys.ts";

/** Credentials that the stand-in accepts, and AWS would not. */
export const standInCredentials = {
  accessKeyId: "STANDINACCESSKEYID00",
  secretAccessKey: "stand-in-secret-access-key-without-any-value",
};

/** Region of calls whose model names none, and where the functions say that they run. */
export const defaultRegion = "eu-central-1";

/** What a function sees of its environment, as on a hosted project, plus its own secrets. */
export function functionEnvironment(options: {
  readonly apiUrl: string;
  readonly dbUrl: string;
  readonly bedrockUrl: string;
  readonly keys: ProjectKeys;
  /** The function's own secrets; they win over everything else. */
  readonly secrets: Readonly<Record<string, string>>;
}): Record<string, string> {
  const { apiUrl, dbUrl, bedrockUrl, keys, secrets } = options;
  return {
    SUPABASE_URL: apiUrl,
    SUPABASE_DB_URL: dbUrl,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishable }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secret }),
    SUPABASE_JWKS: JSON.stringify(localJwks()),
    SUPABASE_ANON_KEY: keys.anon,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRole,
    JWT_SECRET: keys.jwtSecret,
    JWT_ISSUER: `${apiUrl}/auth/v1`,
    SB_REGION: defaultRegion,
    BEDROCK_REGION: defaultRegion,
    ...(callsAws(secrets) ? {} : {
      AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrockUrl,
      AWS_ENDPOINT_URL_BEDROCK: bedrockUrl,
    }),
    ...secrets,
  };
}

/** Whether these secrets sign calls to AWS, so that the stand-in has no part in it. */
export function callsAws(secrets: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(
    secrets.AWS_BEARER_TOKEN_BEDROCK ||
      (secrets.AWS_ACCESS_KEY_ID && secrets.AWS_SECRET_ACCESS_KEY),
  );
}

/** Variables of the developer's shell that are secrets of the functions, when they are set. */
export const passedOn = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
  "AWS_ENDPOINT_URL_BEDROCK",
  "BEDROCK_REGION",
  "SB_REGION",
  "REGISTRY_TTL_SECONDS",
  "CHAT_TIMEOUT_MS",
  "CHAT_HISTORY_TOKENS",
  "BEDROCK_RETRY_BASE_MS",
  "SWITCHBOARD_ALERT_WEBHOOK_URL",
  "SWITCHBOARD_ALERT_WEBHOOK_SECRET",
];

/** What Deno needs to find its cache, its registry and the way out, and no more. */
export function denoEnvironment(): Record<string, string> {
  const names = [
    ...["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR", "NPM_CONFIG_REGISTRY"],
    ...["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"],
    ...["DENO_CERT", "DENO_TLS_CA_STORE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"],
    ...["SystemRoot", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "TEMP", "TMP"],
  ];
  const env: Record<string, string> = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  for (const name of names) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return { ...env, NO_PROXY: noProxy() };
}

/** A proxy is the way to AWS, not to this machine. */
export function noProxy(): string {
  const set = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy");
  return [set, "127.0.0.1,localhost"].filter(Boolean).join(",");
}
