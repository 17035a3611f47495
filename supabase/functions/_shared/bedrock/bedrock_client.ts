import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
} from "@aws-sdk/client-bedrock-runtime";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { AppError } from "../core/app_error.ts";
import { type BedrockAuth, type BedrockConfig, regionPattern } from "./bedrock_config.ts";

/** The clients of one instance, one for each region, made when first used. */
export interface BedrockClients {
  /**
   * The client of a region; null means the configuration's own.
   *
   * @throws {AppError} `bedrock_not_configured`, or `registry_invalid` when a model's row names a
   * region that cannot be one.
   */
  forRegion(region: string | null): BedrockRuntimeClient;
}

/**
 * Makes clients that work with network and environment permission alone, and take nothing from
 * the environment or from files by themselves.
 *
 * @param readConfig Called when a client is first needed, so that functions without credentials
 * start and answer what needs none.
 * @param fetchFn Carries the requests.
 */
export function createBedrockClients(
  readConfig: () => BedrockConfig,
  fetchFn: typeof fetch,
): BedrockClients {
  const clients = new Map<string, BedrockRuntimeClient>();
  let config: BedrockConfig | null = null;
  return {
    forRegion(region) {
      config ??= readConfig();
      const name = region ?? config.region;
      let client = clients.get(name);
      if (client === undefined) {
        client = createClient(name, config, fetchFn);
        clients.set(name, client);
      }
      return client;
    },
  };
}

function createClient(
  region: string,
  config: BedrockConfig,
  fetchFn: typeof fetch,
): BedrockRuntimeClient {
  if (!regionPattern.test(region)) {
    throw new AppError("registry_invalid", `"${region}" is not the name of an AWS region.`, {
      hint: "Correct the region in the model's row of bedrock_models.",
    });
  }
  return new BedrockRuntimeClient({
    region,
    ...(config.endpoint === null ? {} : { endpoint: config.endpoint }),
    ...authOf(config.auth),
    // The default transport is HTTP/2 through node:http2, which has no time limits.
    requestHandler: new FetchHttpHandler({ customFetch: fetchFn }),
    // What is tried again, and when, is decided here and not in the SDK.
    maxAttempts: 1,
    // The default names the operating system, which takes the permission to ask for it.
    defaultUserAgentProvider: () => Promise.resolve([["bedrock-switchboard", "1"]]),
    // Each of these is otherwise looked up in ~/.aws/config, for which there is no permission.
    retryMode: "standard",
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: () => Promise.resolve(undefined),
    ignoreConfiguredEndpointUrls: true,
    disableClockSkewCorrection: false,
  });
}

/**
 * The scheme is named as well as the secret: without it, an AWS_BEARER_TOKEN_BEDROCK in the
 * environment silently wins over a key pair that is passed.
 */
function authOf(
  auth: BedrockAuth,
): Pick<BedrockRuntimeClientConfig, "credentials" | "token" | "authSchemePreference"> {
  switch (auth.kind) {
    case "api-key":
      return { token: { token: auth.token }, authSchemePreference: ["httpBearerAuth"] };
    case "key-pair":
      return {
        credentials: {
          accessKeyId: auth.accessKeyId,
          secretAccessKey: auth.secretAccessKey,
          ...(auth.sessionToken === null ? {} : { sessionToken: auth.sessionToken }),
        },
        authSchemePreference: ["sigv4"],
      };
    default:
      return auth satisfies never;
  }
}
