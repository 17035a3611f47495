import type { BedrockRuntimeClientConfig } from "@aws-sdk/client-bedrock-runtime";
import type { BedrockAuth, BedrockConfig } from "./bedrock_config.ts";
import { clockRetry } from "./clock_retry.ts";

/** What the SDK's clients of the data plane and of the control plane both take. */
export type ClientOptions =
  & Pick<
    BedrockRuntimeClientConfig,
    | "region"
    | "endpoint"
    | "credentials"
    | "token"
    | "authSchemePreference"
    | "maxAttempts"
    | "retryStrategy"
    | "defaultUserAgentProvider"
    | "retryMode"
    | "useDualstackEndpoint"
    | "useFipsEndpoint"
    | "userAgentAppId"
    | "disableClockSkewCorrection"
  >
  & { readonly ignoreConfiguredEndpointUrls: boolean };

/**
 * Options for a client that works with network and environment permission alone, and takes nothing
 * from the environment or from files by itself. Its transport is the caller's to choose: the
 * default is HTTP/2 through node:http2, which has no time limits.
 */
export function clientOptions(
  region: string,
  { endpoint, auth }: Pick<BedrockConfig, "endpoint" | "auth">,
): ClientOptions {
  return {
    region,
    ...(endpoint === null ? {} : { endpoint }),
    ...authOf(auth),
    // Only told to AWS, in a header; that nothing is tried again comes from the strategy.
    maxAttempts: 1,
    retryStrategy: clockRetry,
    // The default names the operating system, which takes the permission to ask for it.
    defaultUserAgentProvider: () => Promise.resolve([["bedrock-switchboard", "1"]]),
    // Each of these is otherwise looked up in ~/.aws/config, for which there is no permission.
    retryMode: "standard",
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: () => Promise.resolve(undefined),
    ignoreConfiguredEndpointUrls: true,
    disableClockSkewCorrection: false,
  };
}

/**
 * The scheme is named as well as the secret: without it, an AWS_BEARER_TOKEN_BEDROCK in the
 * environment silently wins over a key pair that is passed.
 */
function authOf(
  auth: BedrockAuth,
): Pick<ClientOptions, "credentials" | "token" | "authSchemePreference"> {
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
