/** A caller's text in quotation marks, for an error: its beginning, as it may be as long as a body. */
export function quoted(text: string, most = 100): string {
  return `"${text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text}"`;
}
