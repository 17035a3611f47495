import { AppError } from "../core/app_error.ts";

/** Why a call is given up whose response does not end. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError(
    "bedrock_bad_response",
    `The model's answer is larger than ${maxBytes} bytes.`,
  );
}
