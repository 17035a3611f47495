import type { ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import { boundedBody } from "./bounded_body.ts";
import type { CallGuard } from "./call_guard.ts";

/** The largest response that Bedrock sends, in bytes. */
export const maxResponseBytes = 25_000_000;

/** The headers of a response, in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/** A response as the SDK's transport hands it on, before it is parsed. */
interface RawResponse {
  readonly headers: ResponseHeaders;
  body: unknown;
}

/**
 * Has a command report the headers of its response when they arrive, and puts its body, of an
 * error too, under the guard's limits. The SDK offers no option for either.
 *
 * @param maxBytes Most bytes of the body; a larger one is given up as `bedrock_bad_response`.
 */
export function watchResponse(
  command: InvokeModelCommand | ConverseCommand,
  guard: CallGuard,
  onHeaders: (headers: ResponseHeaders) => void,
  maxBytes: number = maxResponseBytes,
): void {
  const tooLarge = () =>
    guard.giveUp(
      new AppError("bedrock_bad_response", `The model's answer is larger than ${maxBytes} bytes.`),
    );
  // The stacks differ in the types of input and output only, which are not touched.
  const stack = command.middlewareStack as InvokeModelCommand["middlewareStack"];
  stack.add(
    (next) => async (args) => {
      const result = await next(args);
      guard.firstByteArrived();
      const response = result.response as RawResponse;
      onHeaders(response.headers);
      if (response.body instanceof ReadableStream) {
        response.body = boundedBody(response.body, {
          signal: guard.signal,
          maxBytes,
          onTooLarge: tooLarge,
        });
      }
      return result;
    },
    // Innermost of its step: the response has arrived and nothing of it is parsed.
    { step: "deserialize", priority: "low", name: "watchResponse" },
  );
}
