/** In whose words a request is refused: a model's own body on InvokeModel, or Converse. */
export type Dialect = "nova" | "claude" | "converse";

/** What Converse puts before an error that the model itself reported. */
export const modelErrorPrefix = "The model returned the following errors: ";

/** The words of the model behind `dialect`. */
export function modelWords(dialect: Dialect, message: string): string {
  return dialect === "converse" ? modelErrorPrefix + message : message;
}

/** How Nova's validator names a problem of a body. */
export function malformed(problem: string): string {
  return `Malformed input request: ${problem}, please reformat your input and try again.`;
}
