import type { BedrockRuntimeClientConfig } from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import type { CallGuard } from "./call_guard.ts";
import { ResponseReader } from "./response_reader.ts";
import { tooLarge } from "./too_large.ts";

/** The headers of a response, in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/** What is done with the response of one call. */
export interface ResponseWatch {
  readonly guard: CallGuard;
  /** Called when the headers arrive, of an error too. */
  onHeaders(headers: ResponseHeaders): void;
  /** Most bytes of the body; a larger one is given up as `bedrock_bad_response`. */
  readonly maxBytes: number;
  /**
   * Takes the body of a response that is no error. The SDK is told that the call failed, whatever it
   * makes of that: from a response it would make a stream of its own, and for that it looks for a
   * module in the file system, each time.
   */
  takeBody?(body: ResponseReader): void;
}

/** What the SDK hands to its transport, as far as Bedrock's runtime uses it. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
}

/** By the signal of the call, which the SDK passes on as it is. */
const watches = new WeakMap<AbortSignal, ResponseWatch>();

/** Has the transport do this with the response of the call that is sent with the guard's signal. */
export function watchResponse(watch: ResponseWatch): void {
  watches.set(watch.guard.signal, watch);
}

/**
 * One for all calls, because an error costs more to make than to throw. The SDK writes the number of
 * tries on it, which has no reader.
 */
const bodyTaken = new Error("The body of the response is read elsewhere.");

/**
 * Carries the SDK's requests. The SDK's own transport offers neither the headers as they arrive nor
 * a limit on bodies; the SDK rebuilds a command's middleware for each call.
 */
export function createTransport(fetchFn: typeof fetch) {
  return {
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
      const { protocol, hostname, port, path, method, body } = request;
      const { host: _, ...headers } = request.headers;
      abortSignal?.throwIfAborted();
      const response = await fetchFn(
        `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`,
        {
          method,
          // As the SDK's own transport: `fetch` would ask for compression, which costs more than it
          // saves.
          headers: { ...headers, "accept-encoding": "identity" },
          ...(body !== undefined && { body }),
          ...(abortSignal && { signal: abortSignal }),
        },
      );
      const received = Object.fromEntries(response.headers);
      const watch = abortSignal && watches.get(abortSignal);
      if (watch === undefined) throw new TypeError("a call must be watched");
      // Of a refusal for the clocks' difference, the answer is still to come.
      if (response.status < 300) watch.guard.firstByteArrived();
      const packing = received["content-encoding"] ?? "identity";
      if (packing !== "identity") watch.guard.giveUp(packed(packing));
      watch.onHeaders(received);
      const reader = new ResponseReader(response.body, {
        signal: watch.guard.signal,
        maxBytes: watch.maxBytes,
        onTooLarge: () => watch.guard.giveUp(tooLarge(watch.maxBytes)),
      });
      if (watch.takeBody !== undefined && response.status < 300) {
        watch.takeBody(reader);
        throw bodyTaken;
      }
      return {
        response: {
          statusCode: response.status,
          reason: response.statusText,
          headers: received,
          body: await reader.readAll(),
        },
      };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  } satisfies BedrockRuntimeClientConfig["requestHandler"];
}

/**
 * Why a call is given up whose response would have to be unpacked. Where the runtime has done that
 * unasked, as Deno 2.1.4 does, the headers name no encoding.
 */
function packed(encoding: string): AppError {
  return new AppError(
    "bedrock_bad_response",
    `The response is ${encoding}-encoded, but identity was requested.`,
    { hint: "Check AWS_ENDPOINT_URL_BEDROCK_RUNTIME and the proxies in between." },
  );
}
