import type { Usage } from "./answer.ts";
import type { ContentBlock } from "./content.ts";

/**
 * One step of a model's answer while it arrives. Blocks come one after the other, in the order of
 * the answer: the deltas of a block, then its `block-end`. Text in a delta is never empty and never
 * ends in half a character.
 */
export type ModelEvent =
  | { readonly type: "text-delta"; readonly text: string }
  /** The model begins to think; some tell no word of it before the `block-end`. */
  | { readonly type: "thinking-start" }
  | { readonly type: "thinking-delta"; readonly text: string }
  | { readonly type: "tool-use-start"; readonly id: string; readonly name: string }
  /** A fragment of the JSON of the tool's input. */
  | { readonly type: "tool-input-delta"; readonly json: string }
  /**
   * The block as it is stored; more than one where a text has citations. Blocks of unknown kinds
   * have no events: they are in the whole answer only.
   */
  | { readonly type: "block-end"; readonly blocks: readonly ContentBlock[] }
  /** The tokens of the answer; comes after the last block. */
  | { readonly type: "usage"; readonly usage: Usage };
