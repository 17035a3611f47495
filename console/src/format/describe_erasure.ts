import type { Erasure, LegalHold } from "../api/manage_actions.ts";
import { formatCount } from "./numbers.ts";
import { formatDate } from "./time.ts";

/** What was to be erased, and for whom it was asked. */
export function describeErased(
  { receipt }: {
    readonly receipt: Pick<Erasure["receipt"], "kind" | "conversation_id" | "assistant_type">;
  },
): string {
  switch (receipt.kind) {
    case "user":
      return "a user";
    case "conversation":
      return `conversation ${receipt.conversation_id}`;
    case "account":
      return "a user who was deleted in Auth";
    case "own":
      return "conversations that their user deleted";
    case "retention":
      return `old conversations of ${receipt.assistant_type}`;
    default:
      return receipt.kind satisfies never;
  }
}

/** How much is erased and, while it runs, what it waits for. */
export function describeProgress({ status, left, receipt }: Erasure): string {
  const erased = `conversations: ${formatCount(receipt.conversations)}, ` +
    `messages: ${formatCount(receipt.messages)}, files: ${formatCount(receipt.objects)}`;
  if (status === "done") return erased;
  const waitsFor = [
    { count: left.messages, of: "messages" },
    { count: left.objects, of: "paths in Storage" },
    { count: left.running_turns, of: "running turns" },
    { count: left.limit_windows, of: "windows of limits" },
  ].filter(({ count }) => count > 0).map(({ count, of }) => `${formatCount(count)} ${of}`);
  return `${erased}; left: ${waitsFor.join(", ") || "the receipt"}`;
}

/** Until when a hold keeps the data. */
export function describeHold({ until, in_force }: LegalHold): string {
  if (until === null) return "until it is removed";
  return in_force ? `to the end of ${formatDate(until)}` : `over since ${formatDate(until)}`;
}
