import type { Registry } from "./registry.ts";

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
 * Caches the registry of an instance. Every turn gets the current version from Postgres and asks for
 * it here. An unchanged version costs no query; another version is loaded before the turn selects its
 * model, so no turn uses a registry older than its beginning.
 */
export class RegistryCache {
  readonly #options: RegistryCacheOptions;
  #entry: { readonly registry: Registry; readonly loadedAt: number } | null = null;
  #loading: Promise<Registry> | null = null;

  constructor(options: RegistryCacheOptions) {
    this.#options = options;
  }

  /**
   * The registry as of `version` or later. If it cannot be read, the last one that was read within
   * the time to live, marked as stale.
   *
   * @throws what `load` throws, when there is none.
   */
  async get(version: number): Promise<CachedRegistry> {
    const entry = this.#freshEntry();
    if (entry?.version === version) return { registry: entry, stale: false };
    try {
      let registry = await this.#load();
      // A load that began earlier may have read before this version was committed.
      if (registry.version < version) registry = await this.#load();
      return { registry, stale: false };
    } catch (error) {
      const last = this.#freshEntry();
      if (last === null) throw error;
      this.#options.reportStale(error);
      return { registry: last, stale: true };
    }
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
