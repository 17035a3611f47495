import type { BedrockErrorRule } from "./bedrock_error_rule.ts";
import { contentErrorRules } from "./content_error_rules.ts";

const chooseAnother =
  "Choose another model: set another default, or give this row a successor_model_id and the " +
  "lifecycle 'retired'.";
const permissions = "Allow bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on the " +
  "inference profile and on the foundation model in every region that the profile routes to.";
const ourFault = "This is a fault of the functions; please report it.";

/**
 * AWS's texts, before its exception names: the same name stands for very different things. A
 * retired model is a ResourceNotFoundException whose text begins with "Access denied".
 */
const byText: readonly BedrockErrorRule[] = [
  {
    code: "bedrock_model_unavailable",
    texts: ["on-demand throughput isn't supported"],
    message: (modelId) => `AWS serves "${modelId}" only through an inference profile.`,
    hint: "Use the id of an inference profile that contains the model, such as the same id with " +
      "the prefix eu., us. or global., as model_id in bedrock_models.",
  },
  {
    code: "bedrock_model_unavailable",
    texts: ["model identifier is invalid"],
    message: (modelId) => `AWS does not know the model id "${modelId}" in the region of the call.`,
    hint: "Check the spelling, the prefix (eu., us., global.) and whether the region offers it.",
  },
  {
    code: "bedrock_model_end_of_life",
    texts: ["marked by provider as legacy"],
    message: (modelId) =>
      `AWS serves "${modelId}" no more: it is legacy, and this account has not used it lately.`,
    hint: chooseAnother,
  },
  {
    code: "bedrock_model_end_of_life",
    texts: ["reached the end of its life"],
    message: (modelId) => `AWS has retired "${modelId}".`,
    hint: chooseAnother,
  },
  {
    code: "bedrock_access_denied",
    texts: ["use case details have not been submitted", "use case details form"],
    message: (modelId) =>
      `AWS does not serve "${modelId}" before Anthropic's use case form is filled out.`,
    hint:
      "Fill out the Anthropic use case form in the Bedrock console, once for the account, and " +
      "try again after 15 minutes.",
  },
  {
    code: "bedrock_access_denied",
    texts: ["aws-marketplace:", "aws marketplace actions"],
    message: (modelId) => `The account has not subscribed to "${modelId}" yet.`,
    hint: "Allow aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions for the first " +
      "call, and try again after 15 minutes.",
  },
  {
    code: "bedrock_access_denied",
    texts: ["invalid_payment_instrument"],
    message: (modelId) =>
      `AWS denies "${modelId}" because the account has no valid payment method.`,
    hint: "Correct the payment method in the AWS billing console.",
  },
  {
    code: "bedrock_credentials_rejected",
    texts: ["api key is valid", "security token included in the request"],
    message: () => "AWS rejected the functions' credentials.",
    hint: "Renew the AWS secrets of the functions.",
  },
  {
    code: "bedrock_access_denied",
    texts: ["is not authorized to perform"],
    message: (modelId, { text }) => {
      const denied = text.includes("explicit deny")
        ? "An explicit deny forbids"
        : "IAM does not allow";
      return `${denied} the call of "${modelId}"${inRegion(text)}.`;
    },
    hint: permissions,
  },
  {
    code: "bedrock_access_denied",
    texts: ["you don't have access to the model"],
    message: (modelId) => `The account has no access to "${modelId}" in the region of the call.`,
    hint: permissions,
  },
  {
    code: "bedrock_access_denied",
    texts: ["operation not allowed", "account is not authorized to invoke this api operation"],
    message: (modelId) => `AWS does not let this account call "${modelId}".`,
    hint: "AWS says so of accounts that are new or under review: ask AWS Support to enable " +
      "Amazon Bedrock for the account.",
  },
  {
    code: "bedrock_access_denied",
    texts: ["data retention mode"],
    message: (modelId) => `"${modelId}" is not served with the account's data retention mode.`,
    hint: "Choose a model that AWS serves without retention, or change the account's mode.",
  },
  {
    code: "bedrock_model_unavailable",
    texts: ["could not resolve the foundation model"],
    message: (modelId) => `AWS finds no foundation model behind "${modelId}".`,
    hint: "Check the spelling, the prefix (eu., us., global.) and whether the region offers it.",
  },
  {
    code: "bedrock_model_unavailable",
    texts: ["requested model is not supported in this region"],
    message: (modelId) => `AWS does not offer "${modelId}" in the region of the call.`,
    hint: "Set region in the model's row of bedrock_models, or use an inference profile.",
  },
  {
    code: "bedrock_refusal_unknown",
    texts: ["doesn't support system messages"],
    message: (modelId) => `"${modelId}" takes no system prompt.`,
    hint: "Set system_prompt to 'unsupported' in the model's row of bedrock_models.",
  },
  {
    code: "bedrock_quota_exhausted",
    texts: ["too many tokens per day"],
    message: (modelId) => `The account's tokens per day for "${modelId}" are used up.`,
    hint: "Use another model until tomorrow, or ask AWS for a larger quota.",
  },
  {
    code: "input_too_long",
    texts: [
      "input is too long",
      "prompt is too long",
      "input tokens exceeded",
      "exceed context limit",
    ],
    message: (modelId, { text }) =>
      `The conversation is too long for "${modelId}"${inTokens(text)}.`,
    hint: "Begin a new conversation, or send a shorter message.",
  },
  {
    code: "bedrock_request_refused",
    texts: ["maximum tokens you requested exceeds"],
    message: (modelId, { text }) => {
      const limit = /limit of (\d+)/.exec(text)?.[1];
      return `"${modelId}" gives fewer tokens than were asked for${
        limit ? `: ${limit} at most` : ""
      }.`;
    },
    hint: "Lower max_tokens in the model's row of bedrock_models.",
  },
  {
    code: "bedrock_request_refused",
    texts: ["cannot both be specified"],
    message: (modelId) => `"${modelId}" does not accept temperature and top_p together.`,
    hint: "Set sampling to 'temperature_or_top_p' in the model's row of bedrock_models.",
  },
  {
    code: "bedrock_request_refused",
    texts: ["is deprecated for this model"],
    message: (modelId) => `"${modelId}" accepts no temperature and no top_p.`,
    hint: "Set sampling to 'none' in the model's row of bedrock_models.",
  },
  {
    code: "bedrock_request_refused",
    texts: ["conversation must start with", "conversation must alternate"],
    message: (modelId) => `"${modelId}" does not accept the order of the conversation's messages.`,
    hint: ourFault,
  },
  {
    code: "bedrock_request_refused",
    texts: ["malformed input request", "field required", "extra inputs are not permitted"],
    message: (modelId) => `"${modelId}" does not accept a body of this format.`,
    hint: "Check format in the model's row of bedrock_models; 'converse' suits most models.",
  },
];

const byName: readonly BedrockErrorRule[] = [
  {
    code: "bedrock_credentials_rejected",
    names: [
      "UnrecognizedClientException",
      "InvalidSignatureException",
      "SignatureDoesNotMatch",
      "ExpiredTokenException",
      "ExpiredToken",
      "IncompleteSignature",
      "IncompleteSignatureException",
      "InvalidClientTokenId",
      "MissingAuthenticationToken",
      "MissingAuthenticationTokenException",
      "CredentialsProviderError",
    ],
    message: () => "AWS rejected the functions' credentials.",
    hint: "Renew the AWS secrets of the functions.",
  },
  {
    code: "bedrock_access_denied",
    names: ["AccessDeniedException"],
    message: (modelId) => `AWS denied access to "${modelId}".`,
    hint: permissions,
  },
  {
    code: "bedrock_access_denied",
    names: ["FTUFormNotFilled"],
    message: (modelId) =>
      `AWS does not serve "${modelId}" before Anthropic's use case form is filled out.`,
    hint:
      "Fill out the Anthropic use case form in the Bedrock console, once for the account, and " +
      "try again after 15 minutes.",
  },
  {
    code: "bedrock_model_unavailable",
    names: ["ResourceNotFoundException"],
    message: (modelId) => `AWS does not find "${modelId}" in the region of the call.`,
    hint: "Check the model id and the region in bedrock_models, or choose another model.",
  },
  {
    code: "bedrock_quota_exhausted",
    names: ["ServiceQuotaExceededException"],
    message: (modelId) => `The account's quota for "${modelId}" is used up.`,
    hint: "Use another model, or ask AWS for a larger quota.",
  },
  {
    code: "bedrock_throttled",
    // With the names that AWS's other services have for it, and the SDK tries again.
    names: [
      "ThrottlingException",
      "Throttling",
      "ThrottledException",
      "RequestThrottled",
      "RequestThrottledException",
      "RequestLimitExceeded",
      "TooManyRequestsException",
      "LimitExceededException",
      "BandwidthLimitExceeded",
      "EC2ThrottledException",
      "ProvisionedThroughputExceededException",
      "PriorRequestNotComplete",
      "TransactionInProgressException",
      "SlowDown",
    ],
    message: (modelId) => `AWS throttles "${modelId}": too many requests or tokens at once.`,
    hint: "Try again in a minute.",
  },
  {
    code: "bedrock_unavailable",
    names: ["ModelNotReadyException"],
    message: (modelId) => `"${modelId}" is not ready yet.`,
    hint: "Try again in a minute.",
  },
  {
    code: "bedrock_timeout",
    names: ["ModelTimeoutException", "TimeoutError"],
    message: (modelId) => `"${modelId}" did not answer in time.`,
    hint: "Try again, or use a faster model.",
  },
  {
    code: "bedrock_model_error",
    names: ["ModelErrorException", "ModelStreamErrorException"],
    message: (modelId) => `"${modelId}" failed while it answered.`,
    hint: "Try again, or use another model.",
  },
  {
    code: "bedrock_unavailable",
    names: [
      "InternalServerException",
      "ServiceUnavailableException",
      // AWS did not get the whole request in time; the model has nothing to do with it.
      "RequestTimeout",
      "RequestTimeoutException",
    ],
    message: (modelId) => `Bedrock is not able to serve "${modelId}" at present.`,
    hint: "Try again in a minute, or use another model.",
  },
  {
    code: "bedrock_refusal_unknown",
    names: ["ValidationException"],
    message: (modelId) => `AWS refused the request to "${modelId}".`,
    hint: "AWS's reason is in the functions' log; a probe of the model shows it too.",
  },
  {
    code: "bedrock_request_refused",
    names: ["ConflictException"],
    message: (modelId) => `"${modelId}" refused the request.`,
    hint: "AWS's reason is in the functions' log.",
  },
];

/** For what names no exception: proxies, load balancers, and types that AWS adds later. */
const byStatus: readonly BedrockErrorRule[] = [
  {
    code: "bedrock_credentials_rejected",
    statuses: [401],
    message: () => "AWS rejected the functions' credentials.",
    hint: "Renew the AWS secrets of the functions.",
  },
  {
    code: "bedrock_access_denied",
    statuses: [403],
    message: (modelId) => `The call of "${modelId}" was denied.`,
    hint: permissions,
  },
  {
    code: "bedrock_model_unavailable",
    statuses: [404],
    message: (modelId) => `"${modelId}" was not found at Bedrock's endpoint.`,
    hint: "Check the region, the model id and AWS_ENDPOINT_URL_BEDROCK_RUNTIME.",
  },
  {
    code: "bedrock_timeout",
    statuses: [408, 504],
    message: (modelId) => `"${modelId}" did not answer in time.`,
    hint: "Try again, or use a faster model.",
  },
  {
    code: "input_too_long",
    statuses: [413],
    message: (modelId) => `The conversation is too large to be sent to "${modelId}".`,
    hint: "Begin a new conversation, or send a shorter message.",
  },
  {
    code: "bedrock_model_error",
    statuses: [424],
    message: (modelId) => `"${modelId}" failed while it answered.`,
    hint: "Try again, or use another model.",
  },
  {
    code: "bedrock_throttled",
    statuses: [429],
    message: (modelId) => `AWS throttles "${modelId}".`,
    hint: "Try again in a minute.",
  },
];

/** In the order in which they are tried; the first that fits says what the fault means. */
export const bedrockErrorRules: readonly BedrockErrorRule[] = [
  ...contentErrorRules,
  ...byText,
  ...byName,
  ...byStatus,
];

/**
 * The region that AWS denied, which may be a destination of the profile instead of the called one.
 */
function inRegion(text: string): string {
  const region = /on resource: arn:aws[a-z-]*:bedrock:([a-z0-9-]+):/.exec(text)?.[1];
  return region === undefined ? "" : ` in ${region}`;
}

/** The figures of a request that is too long, where AWS tells them: of the input, and of the answer. */
function inTokens(text: string): string {
  const told = /(\d+) tokens > (\d+) maximum/.exec(text);
  if (told !== null) return `: ${told[1]} tokens > ${told[2]} maximum`;
  const sum = /(\d+) \+ (\d+) > (\d+)/.exec(text);
  return sum === null ? "" : `: ${Number(sum[1]) + Number(sum[2])} tokens > ${sum[3]} maximum`;
}
