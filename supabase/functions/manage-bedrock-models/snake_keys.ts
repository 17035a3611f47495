/** A value with the names of its properties, at every depth, as the API writes them. */
export type SnakeKeys<T> = T extends readonly (infer Item)[] ? readonly SnakeKeys<Item>[]
  : T extends object ? {
      readonly [Key in keyof T as SnakeCase<Key & string>]: SnakeKeys<T[Key]>;
    }
  : T;

type SnakeCase<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First
    : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : S;

/** Writes `retiresOn` as `retires_on`, in every object within a value. */
export function snakeKeys<T>(value: T): SnakeKeys<T> {
  return convert(value) as SnakeKeys<T>;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      convert(item),
    ]),
  );
}
