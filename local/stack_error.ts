/** A failure to start or run the stack that one line explains; shown without a stack trace. */
export class StackError extends Error {
  override readonly name = "StackError";
}
