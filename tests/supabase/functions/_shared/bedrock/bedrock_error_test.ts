import { expect } from "@std/expect";
import { toBedrockError } from "../../../../../supabase/functions/_shared/bedrock/bedrock_error.ts";
import { bedrockErrorRules } from "../../../../../supabase/functions/_shared/bedrock/bedrock_error_rules.ts";
import { readFault } from "../../../../../supabase/functions/_shared/bedrock/bedrock_fault.ts";
import {
  AppError,
  type ErrorCode,
} from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { retryRule } from "../../../../../supabase/functions/_shared/runs/retry_policy.ts";
import { modelRow } from "../model_row.ts";
import { startBedrockServer } from "./bedrock_server.ts";

/** What Bedrock answers, what it becomes, and what the message or hint has to say. */
type Row = readonly [
  status: number,
  type: string | null,
  text: string,
  code: ErrorCode,
  says: string,
];

const converse = "The model returned the following errors: ";
const iam = "User: arn:aws:iam::123456789012:user/app is not authorized to perform: " +
  "bedrock:InvokeModel on resource: arn:aws:bedrock:eu-north-1::foundation-model/amazon.nova-pro-v1:0 ";

/** Texts that users meet, each as AWS sends it. */
const texts: readonly Row[] = [
  [
    400,
    "ValidationException",
    "Invocation of model ID X with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
    "bedrock_model_unavailable",
    "inference profile",
  ],
  [
    400,
    "ValidationException",
    "Invocation of model ID X with on-demand throughput isn't supported.",
    "bedrock_model_unavailable",
    "inference profile",
  ],
  [
    400,
    "ValidationException",
    "The provided model identifier is invalid.",
    "bedrock_model_unavailable",
    "spelling",
  ],
  [400, "ValidationException", "Operation not allowed", "bedrock_access_denied", "AWS Support"],
  [
    400,
    "ValidationException",
    "Your account is not authorized to invoke this API operation.",
    "bedrock_access_denied",
    "AWS Support",
  ],
  [
    400,
    "ValidationException",
    "data retention mode 'default' is not available for this model",
    "bedrock_access_denied",
    "data retention mode",
  ],
  [
    400,
    "ValidationException",
    "Could not resolve the foundation model from the provided model identifier.",
    "bedrock_model_unavailable",
    "spelling",
  ],
  [
    400,
    "ValidationException",
    "The requested model is not supported in this region.",
    "bedrock_model_unavailable",
    "inference profile",
  ],
  [
    400,
    "ValidationException",
    "This model doesn't support system messages. Try again without a system message.",
    "bedrock_refusal_unknown",
    "'unsupported'",
  ],
  [
    403,
    "AccessDeniedException",
    "You don't have access to the model with the specified model ID.",
    "bedrock_access_denied",
    "no access",
  ],
  [
    403,
    "AccessDeniedException",
    "You don’t have access to the model with the specified model ID.",
    "bedrock_access_denied",
    "no access",
  ],
  [
    403,
    "AccessDeniedException",
    `${iam}because no identity-based policy allows the bedrock:InvokeModel action`,
    "bedrock_access_denied",
    "in eu-north-1",
  ],
  [
    403,
    "AccessDeniedException",
    `${iam}with an explicit deny in a service control policy`,
    "bedrock_access_denied",
    "explicit deny",
  ],
  [
    404,
    "ResourceNotFoundException",
    "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.",
    "bedrock_access_denied",
    "use case form",
  ],
  [
    403,
    "AccessDeniedException",
    "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model.",
    "bedrock_access_denied",
    "aws-marketplace:Subscribe",
  ],
  [
    403,
    "AccessDeniedException",
    "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided.",
    "bedrock_access_denied",
    "payment",
  ],
  [
    404,
    "ResourceNotFoundException",
    "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock",
    "bedrock_model_end_of_life",
    "another model",
  ],
  [
    404,
    "ResourceNotFoundException",
    "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
    "bedrock_model_end_of_life",
    "another model",
  ],
  [
    429,
    "ThrottlingException",
    "Too many requests, please wait before trying again.",
    "bedrock_throttled",
    "Try again",
  ],
  [
    429,
    "ThrottlingException",
    "Too many tokens, please wait before trying again.",
    "bedrock_throttled",
    "Try again",
  ],
  [
    429,
    "ThrottlingException",
    "Too many tokens per day, please wait before trying again.",
    "bedrock_quota_exhausted",
    "per day",
  ],
  [
    503,
    "ServiceUnavailableException",
    "Too many connections, please wait before trying again.",
    "bedrock_unavailable",
    "Try again",
  ],
  [
    503,
    "ServiceUnavailableException",
    "Bedrock is unable to process your request.",
    "bedrock_unavailable",
    "Try again",
  ],
  [
    429,
    "ThrottlingException",
    "Model is getting throttled. Try your request again.",
    "bedrock_throttled",
    "Try again",
  ],
  [
    400,
    "ValidationException",
    "Input is too long for requested model.",
    "input_too_long",
    "too long",
  ],
  [
    400,
    "ValidationException",
    `${converse}prompt is too long: 200049 tokens > 200000 maximum`,
    "input_too_long",
    "too long",
  ],
  [
    400,
    "ValidationException",
    `${converse}Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.`,
    "input_too_long",
    "too long",
  ],
  [
    400,
    "ValidationException",
    "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
    "bedrock_request_refused",
    "4096 at most",
  ],
  [
    400,
    "ValidationException",
    "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    "bedrock_request_refused",
    "order",
  ],
  [
    400,
    "ValidationException",
    "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
    "bedrock_request_refused",
    "order",
  ],
  [
    400,
    "ValidationException",
    "Malformed input request: #: extraneous key [top_p] is not permitted, please reformat your input and try again.",
    "bedrock_request_refused",
    "format",
  ],
  [
    400,
    "ValidationException",
    "Malformed input request: #: required key [messages] not found, please reformat your input and try again.",
    "bedrock_request_refused",
    "format",
  ],
  [
    400,
    "ValidationException",
    "anthropic_version: Field required",
    "bedrock_request_refused",
    "format",
  ],
  [
    400,
    "ValidationException",
    "schemaVersion: Extra inputs are not permitted",
    "bedrock_request_refused",
    "format",
  ],
  [
    400,
    "ValidationException",
    "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    "bedrock_request_refused",
    "temperature_or_top_p",
  ],
  [
    400,
    "ValidationException",
    `${converse}\`temperature\` is deprecated for this model.`,
    "bedrock_request_refused",
    "'none'",
  ],
  [
    400,
    "ValidationException",
    "The provided guardrail identifier is invalid.",
    "bedrock_request_refused",
    "guardrail_id",
  ],
  [
    400,
    "ValidationException",
    "The guardrail identifier or version provided in the request does not exist.",
    "bedrock_request_refused",
    "guardrail_version",
  ],
  [
    403,
    "AccessDeniedException",
    "User: arn:aws:iam::123456789012:user/app is not authorized to perform: bedrock:ApplyGuardrail on resource: arn:aws:bedrock:eu-central-1:123456789012:guardrail/abc because no identity-based policy allows the bedrock:ApplyGuardrail action",
    "bedrock_request_refused",
    "Allow bedrock:ApplyGuardrail",
  ],
  [400, "ValidationException", "invalid beta flag", "bedrock_request_refused", "betas"],
  [
    400,
    "ValidationException",
    "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 6000000 bytes > 5242880 bytes",
    "modality_not_supported",
    "smaller",
  ],
  [
    400,
    "ValidationException",
    `${converse}messages.0.content.0.image.source.base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels`,
    "modality_not_supported",
    "smaller",
  ],
  [
    400,
    "ValidationException",
    `${converse}messages.0.content.0.image.source.base64.data: Could not process image`,
    "modality_not_supported",
    "types",
  ],
  [
    400,
    "ValidationException",
    "This model doesn't support the image field. Remove it and try again.",
    "bedrock_request_refused",
    "images or documents",
  ],
  [
    400,
    "ValidationException",
    "This model doesn't support tool use.",
    "bedrock_request_refused",
    "tools",
  ],
  [
    400,
    "ValidationException",
    "This model doesn't support the toolConfig.toolChoice.tool field. Remove toolConfig.toolChoice.tool and try again.",
    "bedrock_request_refused",
    "tools.choices",
  ],
  [
    400,
    "ValidationException",
    "Thinking may not be enabled when tool_choice forces tool use.",
    "bedrock_request_refused",
    "thinking.forced_tools",
  ],
  [
    400,
    "ValidationException",
    "tools.0.custom.strict: Extra inputs are not permitted",
    "bedrock_request_refused",
    "tools.strict",
  ],
  [
    400,
    "ValidationException",
    "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level",
    "invalid_request",
    "schema",
  ],
  [
    400,
    "ValidationException",
    "output_config.format: Extra inputs are not permitted",
    "bedrock_request_refused",
    "output_schema",
  ],
  [
    400,
    "ValidationException",
    `${converse}There is nothing available to cache.`,
    "bedrock_request_refused",
    "caching",
  ],
  [
    400,
    "ValidationException",
    "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.",
    "bedrock_request_refused",
    "caching",
  ],
  [
    400,
    "ValidationException",
    "messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.",
    "bedrock_request_refused",
    "report",
  ],
  [
    400,
    "ValidationException",
    "Expected toolResult blocks at messages.2.content for the following Ids: tooluse_1",
    "bedrock_request_refused",
    "report",
  ],
  [
    400,
    "ValidationException",
    "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    "bedrock_request_refused",
    "report",
  ],
  [
    400,
    "ValidationException",
    "messages: text content blocks must be non-empty",
    "bedrock_request_refused",
    "report",
  ],
  [
    400,
    "ValidationException",
    "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.",
    "bedrock_request_refused",
    "report",
  ],
  [
    400,
    "ValidationException",
    "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
    "bedrock_request_refused",
    "report",
  ],
  [
    400,
    "ValidationException",
    '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    "bedrock_request_refused",
    "Correct thinking",
  ],
  [
    403,
    null,
    "Authentication failed: Please make sure your API Key is valid.",
    "bedrock_credentials_rejected",
    "Renew",
  ],
  [
    403,
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
    "bedrock_credentials_rejected",
    "Renew",
  ],
  [
    403,
    "ExpiredTokenException",
    "The security token included in the request is expired",
    "bedrock_credentials_rejected",
    "Renew",
  ],
];

/** Exceptions whose text says nothing, and answers that name none. */
const names: readonly Row[] = [
  [403, "AccessDeniedException", "?", "bedrock_access_denied", "Allow"],
  [400, "ValidationException", "?", "bedrock_refusal_unknown", "log"],
  [404, "ResourceNotFoundException", "?", "bedrock_model_unavailable", "region"],
  [400, "ServiceQuotaExceededException", "?", "bedrock_quota_exhausted", "quota"],
  [400, "ConflictException", "?", "bedrock_request_refused", "log"],
  [429, "ThrottlingException", "?", "bedrock_throttled", "Try again"],
  [429, "ModelNotReadyException", "?", "bedrock_unavailable", "not ready"],
  [408, "ModelTimeoutException", "?", "bedrock_timeout", "in time"],
  [424, "ModelErrorException", "?", "bedrock_model_error", "failed"],
  [424, "ModelStreamErrorException", "?", "bedrock_model_error", "failed"],
  [500, "InternalServerException", "?", "bedrock_unavailable", "Try again"],
  [503, "ServiceUnavailableException", "?", "bedrock_unavailable", "Try again"],
  [403, "UnrecognizedClientException", "?", "bedrock_credentials_rejected", "Renew"],
  [403, "InvalidSignatureException", "?", "bedrock_credentials_rejected", "Renew"],
  [403, "ExpiredTokenException", "?", "bedrock_credentials_rejected", "Renew"],
  [400, "IncompleteSignature", "?", "bedrock_credentials_rejected", "Renew"],
  [404, "FTUFormNotFilled", "?", "bedrock_access_denied", "use case form"],
  [418, "AnExceptionOfNextYear", "?", "bedrock_refusal_unknown", "418"],
  [400, null, "?", "bedrock_refusal_unknown", "400"],
  [401, null, "?", "bedrock_credentials_rejected", "Renew"],
  [403, null, "?", "bedrock_access_denied", "denied"],
  [404, null, "?", "bedrock_model_unavailable", "not found"],
  [408, null, "?", "bedrock_timeout", "in time"],
  [413, null, "?", "input_too_long", "too large"],
  [424, null, "?", "bedrock_model_error", "failed"],
  [429, null, "?", "bedrock_throttled", "Try again"],
  [500, null, "?", "bedrock_unavailable", "500"],
  [502, null, "?", "bedrock_unavailable", "502"],
  [504, null, "?", "bedrock_timeout", "in time"],
  [529, null, "?", "bedrock_unavailable", "529"],
];

const coral = "http://internal.amazon.com/coral/com.amazon.bedrock/";

/** Has the server answer with an error, and gives what a call of a model becomes. */
async function errorOf(response: Response, format: "nova" | "converse"): Promise<AppError> {
  await using server = startBedrockServer(() => response);
  try {
    await server.invoke({ model: modelRow({ format }) });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("The call did not fail.");
}

for (const format of ["nova", "converse"] as const) {
  Deno.test(`toBedrockError() knows every error that AWS answers (${format})`, async () => {
    for (const [status, type, text, code, says] of [...texts, ...names]) {
      const headers = type === null ? {} : { "x-amzn-errortype": `${type}:${coral}` };
      const message = type === null ? { Message: text } : { message: text };
      const error = await errorOf(Response.json(message, { status, headers }), format);
      expect({ text, status, type, code: error.code }).toEqual({ text, status, type, code });
      expect(`${error.message} ${error.hint}`).toContain(says);
      expect(`${error.message} ${error.hint}`).not.toMatch(/123456789012|undefined|\?/);
    }
  });
}

Deno.test("every rule of bedrockErrorRules is reached by some error of the table", () => {
  const reached = new Set([...texts, ...names].map(([status, type, text]) => {
    const error = Object.assign(new Error(text), {
      name: type ?? "Unknown",
      $metadata: { httpStatusCode: status },
    });
    const fault = readFault(error);
    return bedrockErrorRules.findIndex((rule) =>
      rule.texts?.some((part) => fault.text.includes(part)) ||
      rule.names?.includes(fault.name) || rule.statuses?.includes(status)
    );
  }));
  const unreached = bedrockErrorRules.filter((_, index) => !reached.has(index));
  expect(unreached).toEqual([]);
});

Deno.test("toBedrockError() reads the type from the body where the header is missing", async () => {
  const body = { __type: "com.amazon.coral#ThrottlingException", message: "?" };
  const error = await errorOf(Response.json(body, { status: 400 }), "nova");
  expect(error.code).toBe("bedrock_throttled");
});

Deno.test("toBedrockError() tells a proxy's page by its status", async () => {
  const page = "<html><body>Bad gateway</body></html>";
  const headers = { "content-type": "text/html" };
  for (const [status, code] of [[502, "bedrock_unavailable"], [403, "bedrock_access_denied"]]) {
    const error = await errorOf(new Response(page, { status: status as number, headers }), "nova");
    expect(error.code).toBe(code as string);
    expect(error.message).not.toContain("html");
  }
});

Deno.test("toBedrockError() passes on retry-after in seconds or as a date", async () => {
  const headers = { "x-amzn-errortype": "ThrottlingException", "retry-after": "7" };
  const error = await errorOf(Response.json({ message: "?" }, { status: 429, headers }), "nova");
  expect(error.retryAfterSeconds).toBe(7);

  const now = Date.parse("2026-11-23T10:00:00Z");
  const retryAfter = (value: string) =>
    readFault(
      Object.assign(new Error(), { $response: { headers: { "retry-after": value } } }),
      () => now,
    )
      .retryAfterSeconds;
  expect(retryAfter("Mon, 23 Nov 2026 10:00:30 GMT")).toBe(30);
  expect(retryAfter("Mon, 23 Nov 2026 09:00:00 GMT")).toBe(0);
  expect(retryAfter("soon")).toBeUndefined();
});

Deno.test("toBedrockError() knows exceptions that come inside a stream, without a status", () => {
  const error = Object.assign(new Error("Input Tokens Exceeded: Number of input tokens exceeds."), {
    name: "ValidationException",
    $metadata: {},
  });
  expect(toBedrockError(error, "x").code).toBe("input_too_long");
});

Deno.test("toBedrockError() takes failed connections and given-up requests as bedrock_unavailable", () => {
  const errors = [
    new TypeError("fetch failed", { cause: new Error("error sending request for url (…)") }),
    new TypeError("error sending request for url (https://example.test/): dns error"),
    new TypeError("error reading a body from connection"),
    Object.assign(new Error("connect failed"), { code: "ECONNREFUSED" }),
    new Deno.errors.ConnectionReset("reset by peer"),
    new Error("http2 request did not get a response"),
    new DOMException("The signal has been aborted", "AbortError"),
  ];
  for (const error of errors) {
    expect(toBedrockError(error, "x").code).toBe("bedrock_unavailable");
  }
  expect(toBedrockError(new DOMException("Too late", "TimeoutError"), "x").code)
    .toBe("bedrock_timeout");
});

/** What the SDK tries again by name, besides what Bedrock documents. */
const triedAgain: [string, ErrorCode][] = [
  ["BandwidthLimitExceeded", "bedrock_throttled"],
  ["EC2ThrottledException", "bedrock_throttled"],
  ["LimitExceededException", "bedrock_throttled"],
  ["PriorRequestNotComplete", "bedrock_throttled"],
  ["ProvisionedThroughputExceededException", "bedrock_throttled"],
  ["RequestLimitExceeded", "bedrock_throttled"],
  ["RequestThrottled", "bedrock_throttled"],
  ["RequestThrottledException", "bedrock_throttled"],
  ["SlowDown", "bedrock_throttled"],
  ["ThrottledException", "bedrock_throttled"],
  ["Throttling", "bedrock_throttled"],
  ["TooManyRequestsException", "bedrock_throttled"],
  ["TransactionInProgressException", "bedrock_throttled"],
  ["RequestTimeout", "bedrock_unavailable"],
  ["RequestTimeoutException", "bedrock_unavailable"],
];

Deno.test("toBedrockError() makes nothing final that the SDK would try again by its name", async () => {
  for (const [name, code] of triedAgain) {
    const headers = { "x-amzn-errortype": name };
    const error = await errorOf(Response.json({ message: "?" }, { status: 400, headers }), "nova");
    expect([name, error.code]).toEqual([name, code]);
    expect(retryRule(error.code).tries).toBeGreaterThan(1);
  }
});

Deno.test("toBedrockError() says whether Bedrock has surely done nothing", async () => {
  // A proxy's status says nothing of what is behind it.
  for (
    const [type, unprocessed] of [["ServiceUnavailableException", true], [null, false]] as const
  ) {
    const headers: Record<string, string> = type === null ? {} : { "x-amzn-errortype": type };
    const error = await errorOf(Response.json({ message: "?" }, { status: 503, headers }), "nova");
    expect([error.code, error.unprocessed]).toEqual(["bedrock_unavailable", unprocessed]);
  }
});

Deno.test("toBedrockError() keeps an AppError, and owns up to every other error", () => {
  const own = new AppError("input_too_long");
  expect(toBedrockError(own, "x")).toBe(own);
  const bug = new TypeError("Cannot read properties of undefined (reading 'blocks')");
  expect(toBedrockError(bug, "x")).toMatchObject({ code: "internal_error", cause: bug });
  expect(toBedrockError("thrown", "x").code).toBe("internal_error");
});

Deno.test("toBedrockError() tells what a model refused that the history may do without", () => {
  const refused = (message: string) =>
    toBedrockError(
      Object.assign(new Error(message), {
        name: "ValidationException",
        $metadata: { httpStatusCode: 400 },
      }),
      "m",
    ).refusedHistory;
  expect(refused("messages.1: Could not process image")).toBe("media");
  expect(refused("messages.1: Invalid `signature` in `thinking` block")).toBe("thinking");
  expect(refused("`thinking` blocks in the latest message cannot be modified.")).toBe("thinking");
  expect(refused("text content blocks must be non-empty")).toBeUndefined();
});

Deno.test("toBedrockError() keeps AWS's words of a refused request, and of nothing else", () => {
  const wordsOf = (text: string, name = "ValidationException", status: number | null = 400) => {
    const raised = Object.assign(new Error(text), {
      name,
      $metadata: status === null ? {} : { httpStatusCode: status },
    });
    return toBedrockError(raised, "m").upstreamText;
  };
  const refusals = [
    "prompt is too long: 200049 tokens > 200000 maximum",
    "messages.1.content.0: Invalid `signature` in `thinking` block",
    "tools.0.custom.input_schema: Field required",
    "messages.1: Could not process image",
    "Something Nobody Knows\u2019s Reason For",
  ];
  for (const text of refusals) {
    expect(wordsOf(text)).toBe(text);
    expect(wordsOf(converse + text)).toBe(text);
    // As the first event of a stream.
    expect(wordsOf(text, "ValidationException", null)).toBe(text);
  }
  const others = texts.filter(([, type, , code]) =>
    type !== "ValidationException" || code.startsWith("bedrock_access") ||
    code === "bedrock_model_unavailable"
  );
  for (const [status, type, text] of others) {
    expect({ text, words: wordsOf(text, type ?? "Unknown", status) })
      .toEqual({ text, words: undefined });
  }
  expect(wordsOf("Guardrail arn:aws:bedrock:eu-north-1:123456789012:guardrail/x: .strict"))
    .toBeUndefined();
  expect(wordsOf(" ")).toBeUndefined();
});

Deno.test("toBedrockError() tells how long a prompt that is too long is, where AWS tells it", () => {
  const told = (text: string) =>
    toBedrockError(Object.assign(new Error(text), { name: "ValidationException" }), "m").message;
  expect(told("prompt is too long: 200049 tokens > 200000 maximum"))
    .toBe('The conversation is too long for "m": 200049 tokens > 200000 maximum.');
  expect(told("input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000"))
    .toBe('The conversation is too long for "m": 209573 tokens > 200000 maximum.');
  expect(told("Input is too long for requested model."))
    .toBe('The conversation is too long for "m".');
});
