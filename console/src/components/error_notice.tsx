import { type ApiError, canSucceedLater, isOutage } from "../api/api_error.ts";

/** What failed, what to do about it, and another try where that can lead to something. */
export function ErrorNotice(
  { error, onRetry }: { error: ApiError; onRetry?: (() => void) | undefined },
) {
  return (
    <div class="notice notice-danger" role="alert">
      <div class="notice-body">
        <p class="notice-title">{error.message}</p>
        {error.hint !== null && <p>{error.hint}</p>}
        {onRetry !== undefined && isOutage(error) && (
          <p>The page tries again by itself until it succeeds.</p>
        )}
        <p class="notice-detail">
          <code>{error.code}</code>
          {error.requestId !== null && (
            <>
              , request <code>{error.requestId}</code>
            </>
          )}
        </p>
      </div>
      {onRetry !== undefined && canSucceedLater(error) && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
