/** More work than checking an answer is worth. */
export class TooCostly extends Error {}

/** Most looks at a value and its parts, each compared with one schema: about a second's work. */
const mostSteps = 2_000_000;

const mostDepth = 100;

/**
 * A view of a value from JSON whose reader is stopped when it has looked too often, as a schema that
 * refers to itself in several places makes it do.
 *
 * @param weight what is done at each look, in steps
 * @throws {TooCostly} while it is read
 */
export function boundedValue(value: unknown, weight: number): unknown {
  let left = mostSteps / weight;
  const spend = (looks: number) => {
    left -= looks;
    if (left < 0) throw new TooCostly();
  };
  const bound = (part: unknown, depth: number): unknown => {
    if (typeof part === "string") spend(part.length / 1_000);
    if (typeof part !== "object" || part === null) return part;
    if (depth > mostDepth) throw new TooCostly();
    return new Proxy(part, {
      get(target, key) {
        spend(1);
        return bound(Reflect.get(target, key), depth + 1);
      },
      has(target, key) {
        spend(1);
        return Reflect.has(target, key);
      },
      getOwnPropertyDescriptor(target, key) {
        spend(1);
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    });
  };
  return bound(value, 0);
}
