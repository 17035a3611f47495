import { AppError } from "../core/app_error.ts";

/** An event of a kind that this version does not know: what it means for the answer is open. */
export function unknownEvent(format: string): AppError {
  return new AppError(
    "bedrock_unknown_frame",
    `The stream of format "${format}" has an event of an unknown kind.`,
    { hint: "Check the format in the model's row of bedrock_models, or update the functions." },
  );
}

/** An event of a known kind where none may be. */
export function misplacedEvent(format: string, event: string): AppError {
  return new AppError(
    "bedrock_bad_response",
    `The stream of format "${format}" holds ${event} out of place.`,
    { hint: "Try again." },
  );
}

/** The end of a stream before the end of its answer. */
export function truncatedStream(cause?: unknown): AppError {
  return new AppError("bedrock_stream_truncated", undefined, { hint: "Try again.", cause });
}
