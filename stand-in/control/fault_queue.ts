import { type DirectoryOperation, directoryOperations } from "../directory/directory_routes.ts";
import { isStreaming, type Operation } from "../routes.ts";
import { idOf } from "../model_directory.ts";
import type { Fault, FaultKind, FaultOf, Order } from "./orders.ts";

/** An order that waits to be met, or goes on being met. */
export type StandingOrder = Order & { readonly id: number };

/**
 * Orders, oldest first. A call takes at most one of each slot, so a wait and an error can be
 * ordered for the same call, while two errors meet two calls.
 */
export type Slot = "delay" | "reply" | "pace" | "pieces" | "frames";

type AnyOperation = Operation | DirectoryOperation;

export class FaultQueue {
  #orders: StandingOrder[] = [];
  #nextId = 1;

  add(order: Order): StandingOrder {
    const standing = { ...order, id: this.#nextId++ };
    this.#orders.push(standing);
    return standing;
  }

  list(): readonly StandingOrder[] {
    return this.#orders;
  }

  /** @returns Whether there was such an order. */
  remove(id: number): boolean {
    const before = this.#orders.length;
    this.#orders = this.#orders.filter((order) => order.id !== id);
    return this.#orders.length < before;
  }

  clear(): void {
    this.#orders = [];
  }

  /** Takes what this call is to meet. */
  take(called: string, operation: AnyOperation): CallFaults {
    const faults = new CallFaults();
    for (const order of [...this.#orders]) {
      if (!this.#meets(order, called, operation) || !faults.accept(order.fault)) continue;
      if (order.times === "until-removed") continue;
      if (order.times === 1) this.remove(order.id);
      else {
        const less = { ...order, times: order.times - 1 };
        this.#orders = this.#orders.map((each) => each.id === order.id ? less : each);
      }
    }
    return faults;
  }

  #meets(order: StandingOrder, called: string, operation: AnyOperation): boolean {
    return (order.model === "*" || idOf(order.model) === idOf(called)) &&
      // An order for just any call means calls of models; the control plane is asked for by name.
      (order.operations?.includes(operation) ?? !isDirectoryOperation(operation)) &&
      appliesTo(order.fault, operation);
  }
}

/** The faults of one call, one for each slot. */
export class CallFaults {
  readonly #bySlot = new Map<Slot, Fault>();

  /** @returns Whether the slot was free. */
  accept(fault: Fault): boolean {
    const slot = slotOf(fault.kind);
    // A call that gets no answer meets nothing on the way of the answer.
    const reply = this.#bySlot.get("reply");
    const answered = reply === undefined || reply.kind === "answer";
    if (this.#bySlot.has(slot) || (!answered && slot !== "delay")) return false;
    this.#bySlot.set(slot, fault);
    return true;
  }

  get<K extends FaultKind>(kind: K): FaultOf<K> | undefined {
    const found = this.#bySlot.get(slotOf(kind));
    return found?.kind === kind ? found as FaultOf<K> : undefined;
  }

  /** The kinds, for the journal. */
  get kinds(): FaultKind[] {
    return [...this.#bySlot.values()].map((fault) => fault.kind);
  }
}

function slotOf(kind: FaultKind): Slot {
  switch (kind) {
    case "latency":
      return "delay";
    case "answer":
    case "error":
    case "raw":
    case "hang":
      return "reply";
    case "frame-latency":
      return "pace";
    case "fragment":
      return "pieces";
    case "cut":
    case "exception-frame":
    case "error-frame":
    case "bad-checksum":
    case "unknown-frame":
      return "frames";
    default:
      return kind satisfies never;
  }
}

/** What happens to frames waits for a call that has some; any answer can be cut by bytes. */
function appliesTo(fault: Fault, operation: AnyOperation): boolean {
  const slot = slotOf(fault.kind);
  if (isDirectoryOperation(operation)) {
    return slot === "delay" || slot === "reply" && fault.kind !== "answer";
  }
  if (isStreaming(operation) || slot === "delay" || slot === "reply") return true;
  return fault.kind === "cut" && fault.afterBytes !== undefined;
}

function isDirectoryOperation(operation: AnyOperation): operation is DirectoryOperation {
  return (directoryOperations as readonly string[]).includes(operation);
}
