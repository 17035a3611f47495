/**
 * Text as Postgres can hold it: a NUL or half a surrogate pair that a model emits becomes U+FFFD,
 * so that it does not cost the whole answer. What is streamed is made the same, so that it is what
 * is stored.
 */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
