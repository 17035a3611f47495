import type { ContentBlock } from "../core/content.ts";
import type { LeftOut } from "./model_format.ts";

/** Counts a block that a model is not sent. */
export type LeaveOut = (block: ContentBlock) => void;

/** Begins to count what a model is not sent. */
export function countLeftOut(): { readonly leaveOut: LeaveOut; leftOut(): LeftOut } {
  const counts: Partial<Record<ContentBlock["type"], number>> = {};
  return {
    leaveOut: ({ type }) => {
      counts[type] = (counts[type] ?? 0) + 1;
    },
    leftOut: () => ({ ...counts }),
  };
}
