/**
 * The input of a tool call, from the fragments of JSON in which a stream brings it; undefined where
 * they are blank, as they are of a tool without arguments.
 *
 * @returns null when it is not JSON: a model that reaches its limit stops in the middle.
 */
export function parseToolInput(fragments: string): { readonly input: unknown } | null {
  if (fragments.trim() === "") return { input: undefined };
  try {
    return { input: JSON.parse(fragments) };
  } catch {
    return null;
  }
}
