import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import { type BedrockConfig, regionPattern } from "./bedrock_config.ts";
import { createTransport } from "./bedrock_transport.ts";
import { clientOptions } from "./client_options.ts";

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
    ...clientOptions(region, config),
    requestHandler: createTransport(fetchFn),
  });
}
