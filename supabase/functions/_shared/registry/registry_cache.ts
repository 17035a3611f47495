import type { Registry, RegistryState } from "./registry.ts";

/** A registry, and whether it may be older than the version that was asked for. */
export interface CachedRegistry {
  readonly registry: Registry;
  /** True when the new version could not be read and the last one is used. */
  readonly stale: boolean;
}

export interface RegistryCacheOptions {
  readonly load: () => Promise<Registry>;
  /** The most an entry lives, in milliseconds. */
  readonly ttlMs: number;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Called with the reason why the last registry is used although there is a newer one. */
  readonly reportStale: (error: unknown) => void;
}

/**
 * Caches the registry of an instance. Every turn gets the present state's name from Postgres and asks
 * for it here. The same state costs no query; another one is loaded before the turn selects its model,
 * so no turn uses a registry older than its beginning.
 */
export class RegistryCache {
  readonly #options: RegistryCacheOptions;
  #entry: { readonly registry: Registry; readonly loadedAt: number } | null = null;
  #loading: Promise<Registry> | null = null;

  constructor(options: RegistryCacheOptions) {
    this.#options = options;
  }

  /**
   * The registry in this state or a later one. If it cannot be read, the last one that was read
   * within the time to live, marked as stale.
   *
   * @throws what `load` throws, when there is none.
   */
  async get(asked: RegistryState): Promise<CachedRegistry> {
    const entry = this.#freshEntry();
    if (entry !== null && isSame(entry, asked)) return { registry: entry, stale: false };
    try {
      return { registry: await this.#loadedSince(asked), stale: false };
    } catch (error) {
      const last = this.#freshEntry();
      // A version that the database has not reached is of a history that it has lost.
      if (last === null || last.version >= asked.version) throw error;
      this.#options.reportStale(error);
      return { registry: last, stale: true };
    }
  }

  /**
   * The registry that was read last, within the time to live; read now where there is none.
   *
   * @throws what `load` throws
   */
  async last(): Promise<Registry> {
    return this.#freshEntry() ?? await this.#load();
  }

  /**
   * The registry as it is now, or as a load that is under way finds it.
   *
   * @throws what `load` throws
   */
  reload(): Promise<Registry> {
    return this.#load();
  }

  /**
   * A load that was under way may have read before this state was committed, or before a backup was
   * restored, and of two histories the numbers do not say which came later. So it counts only if it
   * found this very state; a load that begins now finds this one or a later one.
   */
  async #loadedSince(asked: RegistryState): Promise<Registry> {
    if (this.#loading !== null) {
      const registry = await this.#loading;
      if (isSame(registry, asked)) return registry;
    }
    return await this.#load();
  }

  #freshEntry(): Registry | null {
    const entry = this.#entry;
    if (entry === null) return null;
    return this.#options.now() - entry.loadedAt < this.#options.ttlMs ? entry.registry : null;
  }

  /** Loads once for all waiting turns. */
  #load(): Promise<Registry> {
    this.#loading ??= this.#loadAndKeep().finally(() => this.#loading = null);
    return this.#loading;
  }

  async #loadAndKeep(): Promise<Registry> {
    const loadedAt = this.#options.now();
    const registry = await this.#options.load();
    this.#entry = { registry, loadedAt };
    return registry;
  }
}

function isSame(one: RegistryState, other: RegistryState): boolean {
  return one.version === other.version && one.hash === other.hash;
}
