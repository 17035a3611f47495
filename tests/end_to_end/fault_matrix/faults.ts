/**
 * The faults that a call of Bedrock can meet, with what the project makes of each: the code, and
 * how often the model is called before the turn is given up.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 */
import type { FaultRuleInput } from "../../../stand-in/faults/fault_rule.ts";
import type { ErrorCode } from "../../../supabase/functions/_shared/core/app_error.ts";

export type StandInFault = FaultRuleInput["fault"];
type ExceptionName = Extract<StandInFault, { kind: "error" }>["exception"];

/** What happens instead of an answer, and what comes of it. */
export interface Fault {
  readonly name: string;
  readonly fault: StandInFault;
  readonly code: ErrorCode;
  /** Calls of the model until the turn fails. */
  readonly calls: number;
  /** Whether the model may have worked on such a call, though it told no tokens. */
  readonly billed: boolean;
}

/** An exception as AWS words it. */
type Exception = readonly [
  name: string,
  exception: ExceptionName,
  code: ErrorCode,
  calls: number,
  message?: string,
];

const endOfLife =
  "This model version has reached the end of its life. Please refer to the AWS documentation for more details.";
const perDay = "Too many tokens per day, please wait before trying again.";
const malformed =
  "Malformed input request: #: extraneous key [x] is not permitted, please reformat your input and try again.";
const tooLong = "Input is too long for requested model.";

const exceptions: readonly Exception[] = [
  ["access denied", "AccessDeniedException", "bedrock_access_denied", 1],
  ["use case form", "FTUFormNotFilled", "bedrock_access_denied", 1],
  ["unknown model id", "ValidationException", "bedrock_model_unavailable", 1],
  ["malformed request", "ValidationException", "bedrock_request_refused", 1, malformed],
  ["input too long", "ValidationException", "input_too_long", 1, tooLong],
  ["conflict", "ConflictException", "bedrock_request_refused", 1],
  ["end of life", "ResourceNotFoundException", "bedrock_model_end_of_life", 1, endOfLife],
  ["not found", "ResourceNotFoundException", "bedrock_model_unavailable", 1, "Not found."],
  ["service quota", "ServiceQuotaExceededException", "bedrock_quota_exhausted", 1],
  ["throttled", "ThrottlingException", "bedrock_throttled", 3],
  ["throttled per day", "ThrottlingException", "bedrock_quota_exhausted", 1, perDay],
  ["model not ready", "ModelNotReadyException", "bedrock_unavailable", 3],
  ["model timeout", "ModelTimeoutException", "bedrock_timeout", 1],
  ["model error", "ModelErrorException", "bedrock_model_error", 2],
  ["model stream error", "ModelStreamErrorException", "bedrock_model_error", 2],
  ["internal server error", "InternalServerException", "bedrock_unavailable", 3],
  ["service unavailable", "ServiceUnavailableException", "bedrock_unavailable", 3],
  ["unknown access key", "UnrecognizedClientException", "bedrock_credentials_rejected", 1],
  ["invalid signature", "InvalidSignatureException", "bedrock_credentials_rejected", 1],
  ["expired token", "ExpiredTokenException", "bedrock_credentials_rejected", 1],
  ["incomplete signature", "IncompleteSignature", "bedrock_credentials_rejected", 1],
];

/** After these the model may have worked, also when they come in place of a response. */
const afterWork = new Set(["model timeout", "model error", "model stream error"]);

/** And after these, when they come inside of a stream, which Bedrock has accepted. */
const afterWorkInStreams = new Set([...afterWork, "internal server error", "service unavailable"]);

const html = "<html><body>Bad Gateway</body></html>";
const page = { headers: { "content-type": "text/html" }, body: html };

const unavailable = { code: "bedrock_unavailable", calls: 3 } as const;
const unreadable = { code: "bedrock_bad_response", calls: 2 } as const;

const bareAnswers: readonly Fault[] = [
  { name: "bare 502", fault: raw(502), ...unavailable, billed: true },
  { name: "bare 504", fault: raw(504), code: "bedrock_timeout", calls: 1, billed: true },
  { name: "bare 529", fault: raw(529), ...unavailable, billed: true },
  { name: "HTML 502", fault: { ...raw(502), ...page }, ...unavailable, billed: true },
  { name: "HTML 200", fault: { ...raw(200), ...page }, ...unreadable, billed: true },
  { name: "empty 200", fault: raw(200), ...unreadable, billed: true },
];

function raw(status: number): Extract<StandInFault, { kind: "raw" }> {
  return { kind: "raw", status };
}

/** Instead of the head of a response, streaming or not. */
export const faultsBeforeTheResponse: readonly Fault[] = [
  ...exceptions.map(([name, exception, code, calls, message]) => ({
    name,
    fault: { kind: "error" as const, exception, message },
    code,
    calls,
    billed: afterWork.has(name),
  })),
  ...bareAnswers,
];

/** A plain body, or a stream's first frame, that is not whole: `bytes` of it come. */
export function faultsInTheFirstPiece(bytes: number, streaming: boolean): readonly Fault[] {
  const cut = { kind: "cut", afterBytes: bytes } as const;
  return [
    {
      name: "cut",
      fault: cut,
      code: streaming ? "bedrock_stream_truncated" : "bedrock_bad_response",
      calls: 2,
      billed: true,
    },
    // Nothing has come that could be read: the connection failed.
    { name: "reset", fault: { ...cut, how: "reset" }, ...unavailable, billed: true },
  ];
}

/** The exceptions that the service's model knows inside of streams, and texts that come there. */
const inStreams = new Set([
  "internal server error",
  "model stream error",
  "model timeout",
  "malformed request",
  "input too long",
  "throttled",
  "throttled per day",
  "service unavailable",
]);

/** At frame `atFrame` of a stream, from 0. */
export function faultsAtFrame(atFrame: number): readonly Fault[] {
  const cut = { kind: "cut", afterFrames: atFrame } as const;
  return [
    ...exceptions.filter(([name]) => inStreams.has(name))
      .map(([name, exception, code, calls, message]) => ({
        name: `${name}, as a frame`,
        fault: { kind: "exception-frame" as const, exception, message, atFrame },
        code,
        calls,
        billed: afterWorkInStreams.has(name),
      })),
    {
      name: "unknown error frame",
      fault: { kind: "error-frame", atFrame, code: "Strange", message: "Something strange." },
      code: "bedrock_unknown_frame",
      calls: 2,
      billed: true,
    },
    {
      name: "bad checksum",
      fault: { kind: "bad-checksum", atFrame },
      code: "bedrock_stream_corrupt",
      calls: 2,
      billed: true,
    },
    {
      name: "unknown frame",
      fault: { kind: "unknown-frame", atFrame },
      code: "bedrock_unknown_frame",
      calls: 2,
      billed: true,
    },
    { name: "clean cut", fault: cut, code: "bedrock_stream_truncated", calls: 2, billed: true },
    {
      name: "broken connection",
      fault: { ...cut, how: "reset" },
      // Without a byte of the stream, all that is known is that the connection failed.
      code: atFrame === 0 ? "bedrock_unavailable" : "bedrock_stream_truncated",
      calls: atFrame === 0 ? 3 : 2,
      billed: true,
    },
  ];
}

/** After so many bytes of a stream, which are to lie inside of a later frame. */
export function faultsInsideAFrame(afterBytes: number): readonly Fault[] {
  return (["end", "reset"] as const).map((how) => ({
    name: `cut inside a frame (${how})`,
    fault: { kind: "cut" as const, afterBytes, how },
    code: "bedrock_stream_truncated" as const,
    calls: 2,
    billed: true,
  }));
}

/** Until the turn's deadline. */
export const silence: Fault = {
  name: "silence",
  fault: { kind: "hang" },
  code: "bedrock_timeout",
  calls: 1,
  billed: true,
};
