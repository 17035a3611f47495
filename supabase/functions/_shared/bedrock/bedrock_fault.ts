import { readRetryAfter } from "../core/retry_after.ts";
import { isJsonObject } from "../formats/model_format.ts";

/** What an error of the AWS SDK or of the network says, in one shape. */
export interface BedrockFault {
  /** The exception's name on the wire, such as `ThrottlingException`, or the error's own. */
  readonly name: string;
  /** Null when no response arrived, or when the exception came inside a stream. */
  readonly status: number | null;
  /** AWS's text in lower case, without the prefix of Converse and with a plain apostrophe. */
  readonly text: string;
  /** The same as it came, for who sent the request; null where it tells of AWS accounts. */
  readonly words: string | null;
  /** Whether the connection failed, as far as the error tells. */
  readonly isNetwork: boolean;
  /** Whether it failed while it was being made, so that nothing was sent. */
  readonly isConnecting: boolean;
  readonly retryAfterSeconds: number | undefined;
}

/** Reads an error. `Date.now()` is needed only where `retry-after` is a date. */
export function readFault(error: unknown, now: () => number = Date.now): BedrockFault {
  const raised = error instanceof Error ? error : new Error(String(error));
  const response = "$response" in raised ? raised.$response : undefined;
  const words = raised.message.replace(conversesPrefix, "");
  return {
    name: raised.name,
    status: statusOf(raised) ?? statusOf(response),
    text: words.toLowerCase().replaceAll("\u2019", "'"),
    words: /\barn:aws/i.test(words) ? null : words,
    isNetwork: isNetworkError(raised),
    isConnecting: connectingErrorText.test(textsOf(raised)),
    retryAfterSeconds: retryAfterOf(response, now),
  };
}

const conversesPrefix = /^the model returned the following errors: /i;

/** The SDK keeps the status in `$metadata` of the error, and in the response it hides there. */
function statusOf(value: unknown): number | null {
  if (typeof value !== "object" || value === null) return null;
  const holder = "$metadata" in value && isJsonObject(value.$metadata) ? value.$metadata : value;
  const status = (holder as { httpStatusCode?: unknown; statusCode?: unknown }).httpStatusCode ??
    (holder as { statusCode?: unknown }).statusCode;
  return typeof status === "number" ? status : null;
}

const networkErrorNames = new Set([
  "ConnectionRefused",
  "ConnectionReset",
  "ConnectionAborted",
  "BrokenPipe",
  "NotConnected",
  "TimedOut",
  "UnexpectedEof",
  "Http",
]);

const networkErrorText =
  /fetch failed|error sending request|error reading a body|error decoding response body|client error|connection|econnrefused|econnreset|epipe|etimedout|enotfound|eai_again|dns error|tls|certificate|socket hang up|http2 request did not get a response/i;

const connectingErrorText =
  /connectionrefused|client error \(connect\)|econnrefused|enotfound|eai_again|dns error/i;

/** The name, code and message of an error and of what caused it. */
function textsOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const code = "code" in error ? String(error.code) : "";
  return `${error.name} ${code} ${error.message} ${textsOf(error.cause)}`;
}

/** Deno reports a failed connection as a TypeError, the details in its message or its cause. */
function isNetworkError(error: Error): boolean {
  if (networkErrorNames.has(error.name)) return true;
  if (!["Error", "TypeError"].includes(error.name)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (networkErrorText.test(`${error.message} ${code}`)) return true;
  return error.cause instanceof Error && isNetworkError(error.cause);
}

function retryAfterOf(response: unknown, now: () => number): number | undefined {
  if (typeof response !== "object" || response === null || !("headers" in response)) {
    return undefined;
  }
  const headers = response.headers as Record<string, string> | undefined;
  return readRetryAfter(headers?.["retry-after"], now);
}
