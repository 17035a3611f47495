import type {
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { AppError } from "../core/app_error.ts";
import { boundedBody } from "./bounded_body.ts";
import type { CallGuard } from "./call_guard.ts";

/** The largest response that Bedrock sends, in bytes. */
export const maxResponseBytes = 25_000_000;

/** The headers of a response, in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/** A response as the SDK's transport hands it on, before it is parsed. */
interface RawResponse {
  readonly statusCode: number;
  readonly headers: ResponseHeaders;
  body: unknown;
}

/** What is done with a response. */
export interface ResponseWatch {
  /** Called when the headers arrive, of an error too. */
  onHeaders(headers: ResponseHeaders): void;
  /** Most bytes of the body; a larger one is given up as `bedrock_bad_response`. */
  readonly maxBytes: number;
  /** Takes the body of a response that is no error; the SDK reads an empty one in its place. */
  takeBody?(body: ReadableStream<Uint8Array>): void;
}

/**
 * Has a command report the headers of its response when they arrive, and puts its body, of an
 * error too, under the guard's limits. The SDK offers no option for either.
 */
export function watchResponse(
  command:
    | InvokeModelCommand
    | ConverseCommand
    | InvokeModelWithResponseStreamCommand
    | ConverseStreamCommand,
  guard: CallGuard,
  { onHeaders, maxBytes, takeBody }: ResponseWatch,
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
        const body = boundedBody(response.body, {
          signal: guard.signal,
          maxBytes,
          onTooLarge: tooLarge,
        });
        const isTaken = takeBody !== undefined && response.statusCode < 300;
        if (isTaken) takeBody(body);
        response.body = isTaken ? new Blob([]).stream() : body;
      }
      return result;
    },
    // Innermost of its step: the response has arrived and nothing of it is parsed.
    { step: "deserialize", priority: "low", name: "watchResponse" },
  );
}
