import { type Signal, signal } from "@preact/signals";
import type { Manage } from "../api/manage_client.ts";

/** What operators are told on every view. */
export interface OperationsView {
  /** Open alerts that are not acknowledged. */
  readonly alerts: number;
  readonly tickIsLate: boolean;
}

/** How often it is asked for while the page is seen, in milliseconds: the tick runs each minute. */
export const lookIntervalMs = 60_000;

/** Open alerts, and whether the tick runs; the same for every view. */
export class OperationsStore {
  /** Null until it is known. */
  readonly view: Signal<OperationsView | null> = signal(null);
  /** Counts the looks, so that what changes by itself is read again with each. */
  readonly looks: Signal<number> = signal(0);
  readonly #manage: Manage;

  constructor(manage: Manage) {
    this.#manage = manage;
  }

  /** Looks; where that fails, what is known stays, and the next look is soon enough. */
  async load(): Promise<void> {
    this.looks.value += 1;
    const look = this.looks.value;
    try {
      const { unacknowledged_alerts: alerts, is_late: tickIsLate } = await this.#manage(
        "status",
        {},
      );
      // Of two looks at once, the later one counts.
      if (look !== this.looks.value) return;
      this.view.value = { alerts, tickIsLate };
    } catch {
      // The views say what is wrong with the project.
    }
  }
}
