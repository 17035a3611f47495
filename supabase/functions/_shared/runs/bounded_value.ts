/** More work than checking an answer is worth. */
export class TooCostly extends Error {}

/** Most looks at values and their parts, each compared with one schema: about 0.1 s of work. */
const mostSteps = 200_000;

const mostDepth = 100;

/** What is left to be done for all values of a run. */
export interface StepsLeft {
  count: number;
}

export function allSteps(): StepsLeft {
  return { count: mostSteps };
}

/**
 * A view of a value from JSON whose reader is stopped when it has looked too often, as a schema that
 * refers to itself in several places makes it do.
 *
 * @param weight what is done at each look, in steps
 * @param left from which they are taken
 * @throws {TooCostly} while it is read
 */
export function boundedValue(value: unknown, weight: number, left: StepsLeft): unknown {
  const spend = (looks: number) => {
    left.count -= looks * weight;
    if (left.count < 0) throw new TooCostly();
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
