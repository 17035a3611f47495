/**
 * Where a value differs in shape from a documented one: in a key that is missing or too many, or in
 * the type of a value. A null in either fits any type.
 */
export function shapeDifferences(
  documented: unknown,
  actual: unknown,
  path = "answer",
): string[] {
  if (documented === null || actual === null) return [];
  const [expected, found] = [kindOf(documented), kindOf(actual)];
  if (expected !== found) return [`${path} is ${found}, not ${expected}`];
  if (Array.isArray(documented) && Array.isArray(actual)) {
    return actual.flatMap((value, index) =>
      shapeDifferences(documented[0] ?? null, value, `${path}[${index}]`)
    );
  }
  if (expected !== "object") return [];
  const [known, given] = [documented as Json, actual as Json];
  return [...new Set([...Object.keys(known), ...Object.keys(given)])].flatMap(
    (key) => {
      if (!Object.hasOwn(given, key)) return [`${path}.${key} is missing`];
      if (!Object.hasOwn(known, key)) {
        return [`${path}.${key} is not documented`];
      }
      return shapeDifferences(known[key], given[key], `${path}.${key}`);
    },
  );
}

type Json = Record<string, unknown>;

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}
