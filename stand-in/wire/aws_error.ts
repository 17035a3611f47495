/**
 * The exceptions that a caller of the Bedrock runtime can meet: HTTP status and the message used
 * when the place that throws gives none. Statuses are those of the service model; messages those
 * that users report, except where the comment says that none is known.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export const exceptionTable = {
  AccessDeniedException: [403, "You don't have access to the model with the specified model ID."],
  ValidationException: [400, "The provided model identifier is invalid."],
  ResourceNotFoundException: [
    404,
    "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
  ],
  ServiceQuotaExceededException: [400, "Your request exceeds the service quota for your account."],
  ConflictException: [400, "Error occurred because of a conflict while performing an operation."],
  ThrottlingException: [429, "Too many requests, please wait before trying again."],
  // The exact words of the next four are not known.
  ModelNotReadyException: [429, "The model is not ready. Try your request again."],
  ModelTimeoutException: [408, "The model took too long to process your request."],
  ModelErrorException: [424, "The model failed while processing your request."],
  ModelStreamErrorException: [424, "The model stream failed while processing your request."],
  InternalServerException: [500, "The system encountered an unexpected error during processing."],
  ServiceUnavailableException: [503, "Bedrock is unable to process your request."],
  UnrecognizedClientException: [403, "The security token included in the request is invalid."],
  InvalidSignatureException: [
    403,
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  ],
  ExpiredTokenException: [403, "The security token included in the request is expired"],
  IncompleteSignature: [400, "Authorization header is not a complete AWS Signature Version 4."],
  MissingAuthenticationTokenException: [403, "Missing Authentication Token"],
  FTUFormNotFilled: [
    404,
    "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.",
  ],
  SerializationException: [400, "The request body is not valid JSON."],
  UnknownOperationException: [404, "There is no such operation."],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type ExceptionName = keyof typeof exceptionTable;

export const exceptionNames = Object.keys(exceptionTable) as readonly ExceptionName[];

/** What can be set besides name and message. */
export interface AwsErrorDetails {
  /** Instead of the status in the table. */
  readonly status?: number | undefined;
  /** Sent as `retry-after`. */
  readonly retryAfterSeconds?: number | undefined;
  /** Further members of the body, such as `originalStatusCode`. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
  /** The API-key check writes `Message` with a capital; all else writes `message`. */
  readonly messageKey?: "message" | "Message" | undefined;
}

/** An exception that the caller receives as AWS would send it. */
export class AwsError extends Error {
  readonly exception: ExceptionName;
  readonly status: number;
  readonly details: AwsErrorDetails;

  constructor(exception: ExceptionName, message?: string, details: AwsErrorDetails = {}) {
    super(message ?? exceptionTable[exception][1]);
    this.exception = exception;
    this.status = details.status ?? exceptionTable[exception][0];
    this.details = details;
  }

  /** The JSON body, the same over HTTP and in a stream's exception frame. */
  get body(): Record<string, unknown> {
    return { [this.details.messageKey ?? "message"]: this.message, ...this.details.members };
  }

  /** The HTTP answer, with the headers from which the SDK tells the type. */
  toResponse(requestId: string): Response {
    const headers = new Headers({
      "content-type": "application/json",
      "x-amzn-requestid": requestId,
      // The part after the colon is really sent; SDKs strip it.
      "x-amzn-errortype": `${this.exception}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
    });
    if (this.details.retryAfterSeconds !== undefined) {
      headers.set("retry-after", String(this.details.retryAfterSeconds));
    }
    return new Response(JSON.stringify(this.body), { status: this.status, headers });
  }
}

/** An error as AWS would send it; an unexpected one becomes an InternalServerException. */
export function asAwsError(error: unknown): AwsError {
  return error instanceof AwsError
    ? error
    : new AwsError("InternalServerException", `The stand-in failed: ${error}`);
}

/** A ValidationException, by far the most frequent. */
export function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
