import { AppError } from "../core/app_error.ts";

/** The error of a token whose time is over. */
export function expiredToken(): AppError {
  return invalidToken("It has expired.");
}

/** The error of a token whose time has not come. */
export function earlyToken(): AppError {
  return invalidToken(
    "Its time (nbf) has not come.",
    "Send it later. If it was issued just now, the clocks of its issuer and the functions differ.",
  );
}

/** The error of a token that is refused for a reason; by default, for its signature. */
export function invalidToken(
  reason = "Its signature is not from a key of this project.",
  hint = "Sign in again and send the new access token.",
): AppError {
  return new AppError("invalid_credentials", `The access token is not valid. ${reason}`, { hint });
}
