import type { ApiError } from "../api/api_error.ts";

/** What failed, what to do about it, and another try. */
export function ErrorNotice(
  { error, onRetry }: { error: ApiError; onRetry?: (() => void) | undefined },
) {
  return (
    <div class="notice notice-danger" role="alert">
      <div class="notice-body">
        <p class="notice-title">{error.message}</p>
        {error.hint !== null && <p>{error.hint}</p>}
        <p class="notice-detail">
          <code>{error.code}</code>
          {error.requestId !== null && (
            <>
              , request <code>{error.requestId}</code>
            </>
          )}
        </p>
      </div>
      {onRetry !== undefined && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
