import { AppError } from "../core/app_error.ts";
import { type BedrockConfig, regionPattern } from "./bedrock_config.ts";
import { bedrockEndpoint } from "./bedrock_endpoint.ts";
import { encodeStrictly, signRequest } from "./sign_request.ts";

/** How a model can be called, as the call's path ends. */
export type BedrockOperation =
  | "invoke"
  | "invoke-with-response-stream"
  | "converse"
  | "converse-stream";

/** One call of a model. */
export interface BedrockCall {
  readonly operation: BedrockOperation;
  readonly modelId: string;
  /** JSON. */
  readonly body: string;
}

/** Calls the models of one region. */
export interface BedrockClient {
  /**
   * Signs and sends a call. Resolves when the head of the response is there, of an error too.
   *
   * @throws What `fetch` throws.
   */
  send(call: BedrockCall, signal: AbortSignal): Promise<Response>;
}

/** The clients of one instance, one for each region, made when first used. */
export interface BedrockClients {
  /**
   * The client of a region; null means the configuration's own.
   *
   * @throws {AppError} `bedrock_not_configured`, or `registry_invalid` when a model's row names a
   * region that cannot be one.
   */
  forRegion(region: string | null): BedrockClient;
}

/**
 * Makes clients that take nothing from the environment or from files by themselves.
 *
 * @param readConfig Called when a client is first needed, so that functions without credentials
 * start and answer what needs none.
 * @param fetchFn Carries the requests.
 */
export function createBedrockClients(
  readConfig: () => BedrockConfig,
  fetchFn: typeof fetch,
): BedrockClients {
  const clients = new Map<string, BedrockClient>();
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

/** By how much AWS's clock may differ before its time is used instead, in milliseconds. */
const mostSkewMs = 4 * 60_000;

function createClient(
  region: string,
  { endpoint, auth }: BedrockConfig,
  fetchFn: typeof fetch,
): BedrockClient {
  if (!regionPattern.test(region)) {
    throw new AppError("registry_invalid", `"${region}" is not the name of an AWS region.`, {
      hint: "Correct the region in the model's row of bedrock_models.",
    });
  }
  const base = (endpoint ?? bedrockEndpoint(region)).replace(/\/+$/, "");
  /** What AWS's clock is ahead of this one. */
  let skewMs = 0;
  return {
    async send({ operation, modelId, body }, signal) {
      signal.throwIfAborted();
      const url = new URL(`${base}/model/${encodeStrictly(modelId)}/${operation}`);
      const unsigned = { url, headers: headersOf(operation), body };
      const headers = auth.kind === "api-key"
        ? { ...unsigned.headers, authorization: `Bearer ${auth.token}` }
        : signRequest(unsigned, auth, region, new Date(Date.now() + skewMs));
      const response = await fetchFn(url.href, {
        method: "POST",
        headers: { ...headers, "user-agent": "bedrock-switchboard/1" },
        body,
        signal,
        // A signature is for one host: AWS sends nobody elsewhere.
        redirect: "manual",
      });
      const difference = Date.parse(response.headers.get("date") ?? "") - Date.now();
      if (Math.abs(difference - skewMs) > mostSkewMs) skewMs = difference;
      return response;
    },
  };
}

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html */
function headersOf(operation: BedrockOperation): Readonly<Record<string, string>> {
  const json = { "content-type": "application/json" };
  switch (operation) {
    case "invoke":
      return { ...json, "accept": "application/json" };
    case "invoke-with-response-stream":
      return { ...json, "x-amzn-bedrock-accept": "application/json" };
    case "converse":
    case "converse-stream":
      return json;
    default:
      return operation satisfies never;
  }
}
