import type { StoredAnswer } from "./turn_store.ts";

/** How much of the conversation the model saw. */
export interface SentHistory {
  readonly messagesSent: number;
  readonly messagesLeftOut: number;
}

/** A turn that has its answer. */
export interface FinishedTurn {
  readonly conversationId: string;
  readonly answer: StoredAnswer;
  /** Whether the answer is stored; if not yet, it is being tried. */
  readonly persisted: boolean;
  /** Whether an earlier call with the same request id gave this answer. */
  readonly repeated: boolean;
  /** Whether the model was chosen from a registry that may be out of date. */
  readonly registryStale: boolean;
  /** Null for a repeated answer. */
  readonly history: SentHistory | null;
}
