import { ApiError, toApiError } from "../api/api_error.ts";

/**
 * What an undo failed with. Where another change came in between, in words of its own: nothing is
 * wrong with the request, only its time is over.
 */
export function undoError(failure: unknown): ApiError {
  const error = toApiError(failure);
  if (error.code !== "registry_changed") return error;
  const { code, status, requestId } = error;
  return new ApiError(
    code,
    "It is too late to undo this here: something else was changed since.",
    {
      status,
      requestId,
      hint:
        "Nothing was undone, because the later change would have been lost with it. The audit log " +
        "shows both.",
    },
  );
}
