/**
 * A time limit that is set and lifted again for every piece of a stream. That sets a timer only when
 * there is none that rings early enough: most limits are lifted long before they pass.
 */
export class Alarm {
  readonly #ring: () => void;
  /** When to ring, by the clock; null: not at all. */
  #due: number | null = null;
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly firesAt: number } | null = null;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings once, in so many milliseconds; what was set before no longer counts. */
  set(ms: number): void {
    this.#due = performance.now() + ms;
    if (this.#timer === null || this.#due < this.#timer.firesAt) this.#start(ms);
  }

  /** Does not ring, unless it is set again. */
  lift(): void {
    this.#due = null;
  }

  /** Leaves no timer behind. To be called in every case, at the end. */
  stop(): void {
    this.lift();
    if (this.#timer !== null) clearTimeout(this.#timer.id);
    this.#timer = null;
  }

  #start(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer.id);
    const id = setTimeout(() => this.#wake(), ms);
    this.#timer = { id, firesAt: performance.now() + ms };
  }

  #wake(): void {
    this.#timer = null;
    if (this.#due === null) return;
    const left = this.#due - performance.now();
    if (left >= 1) return this.#start(left);
    this.#due = null;
    this.#ring();
  }
}
