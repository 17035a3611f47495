/** Longest that what stands before the data of a data URL may be. */
const longestHead = 200;

/** What a data URL holds. */
export interface DataUrl {
  /** The media type as it is written; empty where there is none. */
  readonly declared: string;
  /** Meant to be base64; not looked at. */
  readonly data: string;
}

/** Reads a data URL whose data are base64; null where `url` is none. */
export function readDataUrl(url: string): DataUrl | null {
  // Looked for at the beginning only: the data may be megabytes.
  const head = /^data:([^,;]*)(?:;[^,;]*)*;base64,/i.exec(url.slice(0, longestHead));
  if (head === null) return null;
  return { declared: head[1] ?? "", data: url.slice(head[0].length) };
}
