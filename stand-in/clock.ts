/** The time of what lives for a while, such as a cached prompt; a test can move it. */
export class Clock {
  readonly #now: () => number;
  #advancedMs = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => this.#now() + this.#advancedMs;

  /** Moves the time ahead. */
  advance(ms: number): void {
    this.#advancedMs += ms;
  }
}
