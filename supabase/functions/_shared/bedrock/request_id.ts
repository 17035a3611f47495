import type { AppError } from "../core/app_error.ts";
import type { ResponseHeaders } from "./bedrock_transport.ts";

/** AWS's id of a call, which its support asks for; null where the response named none. */
export function requestIdOf(headers: ResponseHeaders): string | null {
  return headers["x-amzn-requestid"] ?? null;
}

/** Notes on an error which call it came from. */
export function withRequestId(error: AppError, headers: ResponseHeaders): AppError {
  error.upstreamRequestId ??= requestIdOf(headers) ?? undefined;
  return error;
}
