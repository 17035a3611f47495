import type { StandingOrder } from "./control/fault_queue.ts";
import type { JournalEntry } from "./control/journal.ts";
import type { AnswerInput, OrderInput } from "./control/orders.ts";
import type { ModelChange } from "./served_model.ts";

export type { JournalEntry, StandingOrder };

/** Which calls an order is for; by default the next one, of any model. */
export type OrderTarget = Omit<OrderInput, "fault">;

/** Orders faults and reads the journal of a running stand-in. Every method throws on a refusal. */
export class BedrockStandInControl {
  readonly #base: string;

  /** @param url The stand-in's own address, such as `http://127.0.0.1:54330`. */
  constructor(url: string) {
    this.#base = `${url.replace(/\/$/, "")}/_stand-in`;
  }

  /** Orders what the next calls meet. */
  async orderFault(fault: OrderInput["fault"], target: OrderTarget = {}): Promise<StandingOrder> {
    return await this.#json("POST", "faults", { ...target, fault }) as StandingOrder;
  }

  /** Orders an exact answer. */
  orderAnswer(answer: AnswerInput, target: OrderTarget = {}): Promise<StandingOrder> {
    return this.orderFault({ kind: "answer", ...answer }, target);
  }

  /** The orders that were not met yet, or go on. */
  async faults(): Promise<readonly StandingOrder[]> {
    return (await this.#json("GET", "faults") as { faults: StandingOrder[] }).faults;
  }

  async clearFaults(): Promise<void> {
    await this.#json("DELETE", "faults");
  }

  /** The last 1,000 calls, oldest first. */
  async requests(): Promise<readonly JournalEntry[]> {
    return (await this.#json("GET", "requests") as { requests: JournalEntry[] }).requests;
  }

  async clearRequests(): Promise<void> {
    await this.#json("DELETE", "requests");
  }

  /**
   * Changes a model or a profile, or makes one appear; a foundation-model id changes all its
   * profiles. What is left out stays as it is.
   */
  async setModel(id: string, change: ModelChange): Promise<void> {
    await this.#json("PUT", `models/${encodeURIComponent(id)}`, change);
  }

  /** Takes back every change of a model. */
  async resetModels(): Promise<void> {
    await this.#json("DELETE", "models");
  }

  async #json(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#base}/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`The stand-in refused ${method} ${path} with ${response.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
}
