import { type Signal, signal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { ListedAssistant, ListedModel, Settings } from "../api/manage_actions.ts";
import type { Manage } from "../api/manage_client.ts";
import type { Remote } from "./remote.ts";

/** The models, assistants and settings, as of one version. */
export interface RegistryView {
  readonly version: number;
  readonly models: readonly ListedModel[];
  readonly assistants: readonly ListedAssistant[];
  readonly settings: Settings;
}

/** What the console knows of the registry, the same for every view. */
export class RegistryStore {
  readonly remote: Signal<Remote<RegistryView>> = signal({ state: "loading" });
  /** Why the last reload failed; the former content is still shown. */
  readonly failure: Signal<ApiError | null> = signal(null);
  readonly #manage: Manage;
  #loads = 0;

  constructor(manage: Manage) {
    this.#manage = manage;
  }

  /** What is known at the moment; undefined until it is loaded. */
  get view(): RegistryView | undefined {
    const remote = this.remote.value;
    return remote.state === "ready" ? remote.data : undefined;
  }

  /**
   * Reloads it; of two loads at once, the later one counts.
   *
   * @param quietly What is shown stays until the answer is there, a failure too.
   */
  async load(quietly = false): Promise<RegistryView | undefined> {
    const load = ++this.#loads;
    const shown = this.remote.peek();
    if (shown.state === "ready") this.remote.value = { ...shown, refreshing: true };
    else if (!quietly) this.remote.value = { state: "loading" };
    try {
      const [models, assistants, settings] = await Promise.all([
        this.#manage("list", {}),
        this.#manage("list-assistants", {}),
        this.#manage("get-settings", {}),
      ]);
      if (load !== this.#loads) return undefined;
      const data = {
        // The oldest, should another operator switch in between: then the next look reloads.
        version: Math.min(
          ...[models, assistants, settings].map((answer) => answer.registry_version),
        ),
        models: models.models,
        assistants: assistants.assistants,
        settings: settings.settings,
      };
      this.remote.value = { state: "ready", data, refreshing: false };
      this.failure.value = null;
      return data;
    } catch (error) {
      if (load !== this.#loads) return undefined;
      const failure = toApiError(error);
      if (shown.state === "ready") this.failure.value = failure;
      this.remote.value = shown.state === "ready"
        ? { ...shown, refreshing: false }
        : { state: "failed", error: failure };
      return undefined;
    }
  }
}
