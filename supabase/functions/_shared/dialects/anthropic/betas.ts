/**
 * Values of `anthropic_beta`: those of the header and of the body. Which of them a model gets is said
 * in its row.
 */

/** With it, the model forgets parts of a long conversation, as `context_management` says. */
export const contextManagement = "context-management-2025-06-27";

/** With it, a tool may have examples of its input. */
export const toolExamples = "tool-examples-2025-10-29";

/** What Bedrock calls a beta that Anthropic's own API has under another name. */
const renamed = new Map([
  ["advanced-tool-use-2025-11-20", ["tool-search-tool-2025-10-19", toolExamples]],
]);

/** With it, the input of a tool comes as it is written. */
const eagerInput = "fine-grained-tool-streaming-2025-05-14";

/**
 * @param header `anthropic-beta`, a list with commas
 * @param body `betas`, as some clients send it
 * @param eager whether a tool's input is to come as it is written
 */
export function readBetas(
  header: string | null,
  body: readonly string[],
  eager: boolean,
): readonly string[] {
  const asked = [...(header ?? "").split(","), ...body].map((value) => value.trim())
    .filter((value) => value !== "")
    .flatMap((value) => renamed.get(value) ?? [value]);
  return [...new Set([...asked, ...(eager ? [eagerInput] : [])])];
}
