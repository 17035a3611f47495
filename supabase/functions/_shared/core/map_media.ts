import type { ContentBlock, MediaBlock, TextBlock } from "./content.ts";

/** Blocks with each image and document replaced, those in results of tools too. */
export function mapMedia<Block extends ContentBlock>(
  blocks: readonly Block[],
  map: (block: MediaBlock) => MediaBlock | TextBlock,
): readonly Block[] {
  return blocks.map((block) => {
    if (block.type === "tool-result") {
      return { ...block, content: mapMedia(block.content, map) };
    }
    return block.type === "image" || block.type === "document" ? map(block) as Block : block;
  });
}
