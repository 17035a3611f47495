/**
 * Text as Postgres can hold it: a NUL or half a surrogate pair becomes U+FFFD, so that it does not
 * cost the whole answer. A model's text is made so when it is read, so what is streamed is exactly
 * what is stored.
 */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** The same for every string and key of a JSON value. */
export function storableJson(value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map(storableJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [storableText(key), storableJson(member)]),
  );
}
