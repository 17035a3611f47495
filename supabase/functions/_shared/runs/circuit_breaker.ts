export interface CircuitBreakerOptions {
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Users whose turns a model fails, with no success between, before it is left out; 3. */
  readonly threshold?: number;
  /** How long a model is first left out, in milliseconds; doubled at each failed trial; 10,000. */
  readonly firstPauseMs?: number;
  /** The longest pause, in milliseconds; 300,000. */
  readonly longestPauseMs?: number;
}

export const breakerDefaults = {
  threshold: 3,
  firstPauseMs: 10_000,
  longestPauseMs: 300_000,
} as const satisfies Omit<CircuitBreakerOptions, "now">;

interface Circuit {
  /** Whose turns have failed. One user's long prompts or haste say little about a model. */
  readonly users: Set<string>;
  pauseMs: number;
  /** Left out until then; null: in use. */
  until: number | null;
  /** When a request began to try the model again; null: none does. */
  trialSince: number | null;
}

/**
 * Remembers, for one instance, which models keep failing. Such a model is left out for a while,
 * then tried by one request, and taken back when that succeeds; else it is left out for longer.
 */
export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>;
  readonly #circuits = new Map<string, Circuit>();

  constructor(options: CircuitBreakerOptions) {
    this.#options = { ...breakerDefaults, ...options };
  }

  /**
   * Whether a request may call the model now. An admitted request must report how the call ended.
   */
  admits(modelId: string): boolean {
    const circuit = this.#circuits.get(modelId);
    if (circuit === undefined || circuit.until === null) return true;
    const now = this.#options.now();
    if (now < circuit.until) return false;
    // A trial whose request vanished does not keep the model out for ever.
    const trialRuns = circuit.trialSince !== null && now - circuit.trialSince < circuit.pauseMs;
    if (trialRuns) return false;
    circuit.trialSince = now;
    return true;
  }

  /** Forgets all failures: an operator has changed something, and may have mended it. */
  reset(): void {
    this.#circuits.clear();
  }

  succeeded(modelId: string): void {
    this.#circuits.delete(modelId);
  }

  /**
   * A turn's last call of the model failed.
   *
   * @param verdict `lasting` when the next call is sure to fail too, for every user
   * @param userId whose turn it was
   */
  failed(modelId: string, verdict: "passing" | "lasting", userId: string): void {
    const { now, threshold, firstPauseMs, longestPauseMs } = this.#options;
    const circuit = this.#circuits.get(modelId) ??
      { users: new Set(), pauseMs: firstPauseMs / 2, until: null, trialSince: null };
    if (circuit.users.size < threshold) circuit.users.add(userId);
    circuit.trialSince = null;
    if (circuit.until !== null && now() < circuit.until) {
      // A call that began before the model was left out says nothing new.
    } else if (verdict === "lasting" || circuit.users.size >= threshold) {
      circuit.pauseMs = Math.min(2 * circuit.pauseMs, longestPauseMs);
      circuit.until = now() + circuit.pauseMs;
    }
    this.#circuits.set(modelId, circuit);
  }

  /** A call ended without saying anything of the model, as when the caller went away. */
  released(modelId: string): void {
    const circuit = this.#circuits.get(modelId);
    if (circuit) circuit.trialSince = null;
  }
}
