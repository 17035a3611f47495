import { ApiError, toApiError } from "../api/api_error.ts";
import type { Manage } from "../api/manage_client.ts";

/** A rollback's answer names what it has taken back. */
export type Undo = () => Promise<{
  readonly message: string;
  readonly changes?: readonly unknown[];
}>;

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

/**
 * Takes a change back by another one of its kind; refused where such a change came in between, which
 * would be overwritten.
 *
 * @param version The registry's version after the change.
 */
export function undoUnlessChanged(
  { manage }: { readonly manage: Manage },
  { action, version }: {
    action: "update-settings" | "set-role" | "set-alert-rule";
    version: number;
  },
  undo: Undo,
): Undo {
  return async () => {
    const { switches: [newest] } = await manage("history", { of_action: action, limit: 1 });
    if (newest !== undefined && newest.registry_version > version) {
      throw new ApiError("registry_changed", "Something else was changed since.", { status: 409 });
    }
    return await undo();
  };
}
