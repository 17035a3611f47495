import { z } from "zod";
import { AppError } from "../core/app_error.ts";

/** How calls are signed. */
export type BedrockAuth =
  | {
    readonly kind: "key-pair";
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Null for the keys of an IAM user, which need none. */
    readonly sessionToken: string | null;
  }
  | { readonly kind: "api-key"; readonly token: string };

/** Where and as whom Bedrock is called. */
export interface BedrockConfig {
  /** AWS region of calls whose model names none. */
  readonly region: string;
  /** Another endpoint for the plane that is called; null means AWS's own of the region. */
  readonly endpoint: string | null;
  readonly auth: BedrockAuth;
}

/** Reads one variable of the environment. */
export type ReadEnv = (name: string) => string | undefined;

/** The form of a region's name, such as `eu-central-1`. */
export const regionPattern = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

/** A variable that is set but blank counts as not set. */
const optional = z.string().trim().optional().transform((value) => value || undefined);

const endpointUrl = optional
  .pipe(z.url({ protocol: /^https?$/, error: "is not an http(s) URL" }).optional());

const envSchema = z.object({
  BEDROCK_REGION: optional.transform((value) => value ?? "eu-central-1")
    .pipe(z.string().regex(regionPattern, "is not the name of an AWS region")),
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpointUrl,
  AWS_ACCESS_KEY_ID: optional,
  AWS_SECRET_ACCESS_KEY: optional,
  AWS_SESSION_TOKEN: optional,
  AWS_BEARER_TOKEN_BEDROCK: optional,
});

type Credentials = Pick<
  z.infer<typeof envSchema>,
  | "AWS_ACCESS_KEY_ID"
  | "AWS_SECRET_ACCESS_KEY"
  | "AWS_SESSION_TOKEN"
  | "AWS_BEARER_TOKEN_BEDROCK"
>;

/**
 * Reads how to call models from the environment. A Bedrock API key wins over a key pair, as in the
 * AWS SDKs.
 *
 * @throws {AppError} `bedrock_not_configured`, naming the variables that are missing or wrong and
 * never their values.
 */
export function readBedrockConfig(readEnv: ReadEnv): BedrockConfig {
  return readConfig(readEnv, envSchema, (env) => env.AWS_ENDPOINT_URL_BEDROCK_RUNTIME);
}

/**
 * Reads the region of calls whose model names none; it needs no credentials.
 *
 * @throws {AppError} `bedrock_not_configured` when it is not the name of a region.
 */
export function readBedrockRegion(readEnv: ReadEnv): string {
  const parsed = envSchema.shape.BEDROCK_REGION.safeParse(readEnv("BEDROCK_REGION"));
  if (parsed.success) return parsed.data;
  throw notConfigured(`BEDROCK_REGION ${parsed.error.issues[0]?.message}.`);
}

const catalogEnvSchema = envSchema.omit({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: true })
  .extend({ AWS_ENDPOINT_URL_BEDROCK: endpointUrl });

/**
 * Reads how to call the control plane, which lists models: the same region and credentials, at an
 * endpoint of its own.
 *
 * @throws {AppError} like {@linkcode readBedrockConfig}
 */
export function readCatalogConfig(readEnv: ReadEnv): BedrockConfig {
  return readConfig(readEnv, catalogEnvSchema, (env) => env.AWS_ENDPOINT_URL_BEDROCK);
}

function readConfig<E extends Credentials & { readonly BEDROCK_REGION: string }>(
  readEnv: ReadEnv,
  schema: z.ZodType<E> & { readonly shape: object },
  endpointOf: (env: E) => string | undefined,
): BedrockConfig {
  const names = Object.keys(schema.shape);
  const parsed = schema.safeParse(Object.fromEntries(names.map((name) => [name, readEnv(name)])));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw notConfigured(`${issue?.path.join(".")} ${issue?.message}.`);
  }
  const env = parsed.data;
  return {
    region: env.BEDROCK_REGION,
    endpoint: endpointOf(env) ?? null,
    auth: readAuth(env),
  };
}

function readAuth(env: Credentials): BedrockAuth {
  if (env.AWS_BEARER_TOKEN_BEDROCK !== undefined) {
    return { kind: "api-key", token: env.AWS_BEARER_TOKEN_BEDROCK };
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = env.AWS_SESSION_TOKEN ?? null;
    return { kind: "key-pair", accessKeyId, secretAccessKey, sessionToken };
  }
  if (accessKeyId !== undefined) {
    throw notConfigured("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not.");
  }
  if (secretAccessKey !== undefined) {
    throw notConfigured("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not.");
  }
  throw notConfigured("The functions have no AWS credentials.");
}

function notConfigured(message: string): AppError {
  return new AppError("bedrock_not_configured", message, {
    hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN for temporary " +
      "keys), or AWS_BEARER_TOKEN_BEDROCK, and BEDROCK_REGION as the functions' secrets.",
  });
}
