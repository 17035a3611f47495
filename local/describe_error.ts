/** What went wrong, in one line; a PostgreSQL error with its detail and hint. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { detail, hint } = error as Error & { detail?: string; hint?: string };
  const parts = [error.message || error.name, detail, hint];
  return parts.filter(Boolean).join(" ").replaceAll(/\s+/g, " ");
}
