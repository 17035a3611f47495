/** A failure that its message explains; shown without a stack trace. */
export class ClientError extends Error {
  override readonly name = "ClientError";
}

/** A command line that cannot be understood; shown with a pointer to `--help`. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
