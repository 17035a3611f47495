import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  type ConverseStreamOutput,
  type ResponseStream,
} from "@aws-sdk/client-bedrock-runtime";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { BedrockStandInControl } from "../../stand-in/control_client.ts";
import {
  type BedrockStandIn,
  type BedrockStandInOptions,
  startBedrockStandIn,
} from "../../stand-in/server.ts";

export const credentials = { accessKeyId: "AKIDSTANDIN", secretAccessKey: "a secret" };

export interface Running {
  readonly standIn: BedrockStandIn;
  readonly client: BedrockRuntimeClient;
  readonly control: BedrockStandInControl;
}

/** Runs a test against a stand-in of its own, through the real AWS SDK. */
export async function withStandIn(
  test: (running: Running) => Promise<void>,
  options: Partial<BedrockStandInOptions> = {},
): Promise<void> {
  const standIn = await startBedrockStandIn({ ...credentials, ...options });
  const client = sdkClient(standIn.url);
  try {
    await test({ standIn, client, control: new BedrockStandInControl(standIn.url) });
  } finally {
    client.destroy();
    await hangUp();
    await standIn.close();
  }
}

/** Bodies of responses; the SDK leaves the rest of a broken stream unread, and open. */
const bodies = new Set<ReadableStreamDefaultReader<Uint8Array>>();

const rememberingFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const reader = response.body?.getReader();
  if (!reader) return response;
  bodies.add(reader);
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, response);
};

async function hangUp(): Promise<void> {
  // What has ended, or broken, needs no hanging up.
  await Promise.allSettled([...bodies].map((reader) => reader.cancel()));
  bodies.clear();
}

export function sdkClient(
  endpoint: string,
  config: Partial<BedrockRuntimeClientConfig> = {},
): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint,
    region: "eu-central-1",
    credentials,
    authSchemePreference: ["sigv4"],
    requestHandler: new FetchHttpHandler({ customFetch: rememberingFetch }),
    maxAttempts: 1,
    // The SDK's own asks for permission to read system information.
    defaultUserAgentProvider: () => Promise.resolve([["test", "0"]]),
    ...config,
  });
}

/** What the SDK throws. */
export interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers: Record<string, string> };
}

/** The error that a promise rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<SdkError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError(`Expected an Error to be thrown, got ${error}`);
  }
  throw new Error(`Expected a rejection, got ${JSON.stringify(value)}`);
}

/** Everything a stream yields, and what it ends in. */
export async function collect<T>(
  stream: AsyncIterable<T> | undefined,
): Promise<{ events: T[]; error: SdkError | null }> {
  const events: T[] = [];
  try {
    for await (const event of stream ?? []) events.push(event);
    return { events, error: null };
  } catch (error) {
    return { events, error: error as SdkError };
  }
}

/** The text of Converse events. */
export function streamedText(events: readonly ConverseStreamOutput[]): string {
  return events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
}

/** The native events of InvokeModelWithResponseStream. */
// deno-lint-ignore no-explicit-any -- each format has its own shapes
export function nativeEvents(events: readonly ResponseStream[]): any[] {
  return events.map((event) => JSON.parse(new TextDecoder().decode(event.chunk?.bytes)));
}

export const question = (text = "How much water a day?") => [
  { role: "user" as const, content: [{ text }] },
];

export const novaBody = (extra: object = {}) => ({ messages: question(), ...extra });

export const claudeBody = (extra: object = {}) => ({
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 300,
  messages: [{ role: "user", content: "How much water a day?" }],
  ...extra,
});
