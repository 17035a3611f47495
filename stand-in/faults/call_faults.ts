import { isCatalogOperation, isStreaming, type Operation } from "../operations.ts";
import type { Fault, FaultKind, FaultOf } from "./fault_rule.ts";

/**
 * The parts of a call that a fault can change. A call has at most one fault in each, so a latency
 * and an error can apply to the same call, while two errors apply to two calls.
 */
type Slot = "delay" | "reply" | "content" | "pace" | "silence" | "pieces" | "frames";

/** The faults of one call, one for each slot. */
export class CallFaults {
  readonly #bySlot = new Map<Slot, Fault>();

  /** @returns Whether the slot was free. */
  accept(fault: Fault): boolean {
    const slot = slotOf(fault.kind);
    // A call without an answer has no frames that a fault could change.
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

  /** The kinds, for the request log. */
  get kinds(): FaultKind[] {
    return [...this.#bySlot.values()].map((fault) => fault.kind);
  }
}

/** Faults of frames wait for a stream; any answer can be cut by bytes. */
export function appliesTo(fault: Fault, operation: Operation): boolean {
  const slot = slotOf(fault.kind);
  if (isCatalogOperation(operation)) {
    return slot === "delay" || slot === "reply" && fault.kind !== "answer";
  }
  if (isStreaming(operation) || ["delay", "reply", "content"].includes(slot)) return true;
  return fault.kind === "cut" && fault.afterBytes !== undefined;
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
    case "broken-json":
      return "content";
    case "frame-latency":
      return "pace";
    case "pause":
      return "silence";
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
