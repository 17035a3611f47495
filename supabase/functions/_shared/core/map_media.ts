import { type ContentBlock, isMedia, type MediaBlock, type TextBlock } from "./content.ts";

/** Blocks with each image and document replaced, those in results of tools too. */
export function mapMedia<Block extends ContentBlock>(
  blocks: readonly Block[],
  map: (block: MediaBlock) => MediaBlock | TextBlock,
): readonly Block[] {
  return blocks.map((block) => {
    if (block.type === "tool-result") {
      return { ...block, content: mapMedia(block.content, map) };
    }
    return isMedia(block) ? map(block) as Block : block;
  });
}
