import { AppError } from "../_shared/core/app_error.ts";
import type { Caller } from "../_shared/http/authenticate.ts";
import type { ManageDependencies } from "./manage_dependencies.ts";

/**
 * The caller, who must be a holder of a secret key or a platform admin.
 *
 * @throws {AppError} `forbidden`, besides what the authenticator throws
 */
export async function requireOperator(
  request: Request,
  { authenticate, switcher }: Pick<ManageDependencies, "authenticate" | "switcher">,
): Promise<Caller> {
  const caller = await authenticate(request);
  if (caller.kind === "user" && !await switcher.isPlatformUser(caller.userId)) {
    throw new AppError("forbidden", "Only platform admins and secret keys may manage models.", {
      hint: "Sign in as a user whose assistant_type in ai_user_roles is 'platform'.",
    });
  }
  return caller;
}
