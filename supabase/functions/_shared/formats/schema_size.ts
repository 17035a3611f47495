/** Most characters that the schemas of a request may come to when their references are replaced. */
export const mostSchemaCharacters = 500_000;

/** Why a schema cannot be used, in words that follow "The schema". */
export class UnusableSchema extends Error {
  override readonly name = "UnusableSchema";
}

/** Counts what schemas become, one after the other: a short one can repeat itself without end. */
export class SchemaSize {
  #left = mostSchemaCharacters;

  /** @throws {UnusableSchema} where it is too much */
  add(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw new UnusableSchema("is too large once references are replaced");
  }
}

/** Fits a schema; one that refers too deeply is like any other that cannot be used. */
export function fitSchema<T>(fit: () => T): T {
  try {
    return fit();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnusableSchema("is nested too deeply once references are replaced");
  }
}
