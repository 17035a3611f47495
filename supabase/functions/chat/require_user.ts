import { AppError } from "../_shared/core/app_error.ts";
import { type Caller, refuseApiKey, type UserCaller } from "../_shared/http/authenticate.ts";

/**
 * The user who calls.
 *
 * @throws {AppError} `forbidden` for a key, which has no conversations
 */
export function requireUser(authenticated: Caller): UserCaller {
  const caller = refuseApiKey(authenticated);
  if (caller.kind === "user") return caller;
  throw new AppError(
    "forbidden",
    "A conversation belongs to a user; a secret key has none.",
    {
      hint: "Send a signed-in user's access token.",
    },
  );
}
