/**
 * The bytes of the images, videos and documents in a block or message, wherever they are nested.
 */
export function mediaSize(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, part) => sum + mediaSize(part), 0);
  return Object.entries(value).reduce((sum, [key, inner]) => {
    // Nova and Converse say source.bytes, Claude source.data.
    const isMedia = (key === "bytes" || key === "data") && typeof inner === "string";
    return sum + (isMedia ? base64Size(inner) : mediaSize(inner));
  }, 0);
}

/** The bytes that a base64 text stands for. */
export function base64Size(text: string): number {
  return Math.floor(text.replace(/=+$/, "").length * 3 / 4);
}
