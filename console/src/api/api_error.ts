/** What the project answered instead of what was asked for, in words for the operator. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The API's code, or `network` and `unreadable` where there was no answer of the API. */
  readonly code: string;
  readonly hint: string | null;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly requestId: string | null;
  /** When the same request may succeed, as far as the project says so. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: string,
    message: string,
    more: {
      hint?: string | null;
      status?: number;
      requestId?: string | null;
      retryAfterSeconds?: number | null;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = more.hint ?? null;
    this.status = more.status ?? 0;
    this.requestId = more.requestId ?? null;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}

/**
 * Reads the functions' envelope, or PostgREST's error, from an answer that is no success.
 *
 * @param retryAfter The header of that name, where there is one.
 */
export function parseApiError(
  status: number,
  text: string,
  retryAfter: string | null = null,
): ApiError {
  const body = parseJson(text);
  const error = isRecord(body) && isRecord(body.error) ? body.error : body;
  if (isRecord(error) && typeof error.message === "string") {
    return new ApiError(stringOr(error.code) ?? "unknown", error.message, {
      status,
      hint: stringOr(error.hint),
      requestId: stringOr(error.request_id),
      retryAfterSeconds: retryAfter !== null && /^\d+$/.test(retryAfter)
        ? Number(retryAfter)
        : null,
    });
  }
  return new ApiError(
    "unreadable",
    `The project answered with status ${status}.`,
    {
      status,
      hint: "Is this the URL of a Supabase project with the switchboard's functions?",
    },
  );
}

/** What is shown for whatever was thrown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // What `fetch` throws says nothing that an operator could act on.
  if (error instanceof TypeError) {
    return new ApiError("network", "The project cannot be reached.", {
      hint: "Check the network, and that the project runs; then try again.",
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError("unknown", message);
}

/** Whether it failed because the project was away, or the session over: later it may succeed. */
export function isOutage({ code, status }: ApiError): boolean {
  return code === "network" || code === "database_unavailable" || code === "auth_unavailable" ||
    code === "invalid_credentials" || (code === "unreadable" && status >= 500);
}

/** Whether the same request can succeed at all; a refusal stays one until something is changed. */
export function canSucceedLater({ status, code, retryAfterSeconds }: ApiError): boolean {
  if (code === "limit_exceeded") return retryAfterSeconds !== null;
  return status === 0 || status >= 500 || status === 401 || status === 408 || status === 429;
}

/** Whether a request was cancelled. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function stringOr(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
