/**
 * AWS's texts that the exceptions of the matrix do not have: the same name stands for different
 * things, and some come without a name that is known.
 */
import type { ErrorCode } from "../../../supabase/functions/_shared/core/app_error.ts";
import type { Fault, StandInFault } from "./faults.ts";

type Exception = Extract<StandInFault, { kind: "error" }>["exception"];

const validations: readonly (readonly [code: ErrorCode, message: string])[] = [
  [
    "bedrock_model_unavailable",
    "Invocation of model ID X with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
  ],
  ["input_too_long", "prompt is too long: 200049 tokens > 200000 maximum"],
  [
    "input_too_long",
    "Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.",
  ],
  [
    "bedrock_request_refused",
    "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
  ],
  [
    "bedrock_request_refused",
    "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
  ],
  [
    "bedrock_request_refused",
    "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
  ],
  ["bedrock_request_refused", "The provided guardrail identifier is invalid."],
  ["bedrock_request_refused", "anthropic_version: Field required"],
  ["bedrock_request_refused", "x: Extra inputs are not permitted"],
  ["bedrock_refusal_unknown", "Something is wrong in a way that is not known yet."],
];

const others: readonly (readonly [Exception, ErrorCode, calls: number, message: string])[] = [
  [
    "AccessDeniedException",
    "bedrock_access_denied",
    1,
    "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-north-1::foundation-model/x with an explicit deny in a service control policy",
  ],
  [
    "AccessDeniedException",
    "bedrock_access_denied",
    1,
    "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model.",
  ],
  [
    "AccessDeniedException",
    "bedrock_access_denied",
    1,
    "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:x",
  ],
  [
    "ResourceNotFoundException",
    "bedrock_model_end_of_life",
    1,
    "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock",
  ],
  [
    "ThrottlingException",
    "bedrock_throttled",
    3,
    "Too many tokens, please wait before trying again.",
  ],
  [
    "ServiceUnavailableException",
    "bedrock_unavailable",
    3,
    "Too many connections, please wait before trying again.",
  ],
];

const fromKeyCheck: StandInFault = {
  kind: "raw",
  status: 403,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    Message: "Authentication failed: Please make sure your API Key is valid.",
  }),
};

/** What Converse puts before the texts of its models' makers. */
const prefix = "The model returned the following errors: ";

/** Instead of the head of a response, streaming or not. */
export const awsTexts: readonly Fault[] = [
  ...validations.flatMap(([code, message]) => [
    told("ValidationException", code, 1, message),
    told("ValidationException", code, 1, prefix + message),
  ]),
  ...others.map((other) => told(...other)),
  {
    name: "an API key that AWS does not know",
    fault: fromKeyCheck,
    code: "bedrock_credentials_rejected",
    calls: 1,
    billed: false,
  },
];

function told(exception: Exception, code: ErrorCode, calls: number, message: string): Fault {
  return {
    name: message,
    fault: { kind: "error", exception, message },
    code,
    calls,
    billed: false,
  };
}
