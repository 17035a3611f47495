/**
 * The input of a tool call, from the fragments of JSON in which a stream brings it.
 *
 * @returns null when it is not JSON: a model that reaches its limit stops in the middle.
 */
export function parseToolInput(fragments: string): { readonly input: unknown } | null {
  try {
    return { input: JSON.parse(fragments) };
  } catch {
    return null;
  }
}
