import { AppError } from "../_shared/core/app_error.ts";
import { refuseApiKey, type ServiceCaller, type UserCaller } from "../_shared/http/authenticate.ts";
import type { RequestContext } from "../_shared/http/serve.ts";
import type { ManageDependencies } from "./manage_dependencies.ts";

/**
 * The caller, who must be a holder of a secret key or a platform admin. From here on the request's
 * errors are for an operator to read.
 *
 * @throws {AppError} `forbidden`, besides what the authenticator throws
 */
export async function requireOperator(
  request: Request,
  context: RequestContext,
  { authenticate, isPlatformUser }: Pick<ManageDependencies, "authenticate" | "isPlatformUser">,
): Promise<UserCaller | ServiceCaller> {
  const caller = refuseApiKey(await authenticate(request));
  if (caller.kind === "user" && (caller.isAnonymous || !await isPlatformUser(caller.userId))) {
    throw new AppError("forbidden", "Only platform admins and secret keys may manage models.", {
      hint: "Sign in as a platform admin, or send a secret key.",
    });
  }
  context.audience = "operator";
  return caller;
}
