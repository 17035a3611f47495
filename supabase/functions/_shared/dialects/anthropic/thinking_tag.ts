/**
 * Which model wrote a piece of thinking: its signature goes out tagged with the model's id, and comes
 * back with it. A model takes its own thinking only, and nothing of a call is stored.
 */
import type {
  ContentBlock,
  Message,
  RedactedThinkingBlock,
  ThinkingBlock,
} from "../../core/content.ts";

const version = "bsw1";

/** `bsw1.<base64url of the model id>.<proof>`; of thinking without a proof, none. */
export function tagProof(proof: string | null, modelId: string): string {
  return proof === null || proof === "" ? "" : `${version}.${base64url(modelId)}.${proof}`;
}

/**
 * An answer as its models can take it back: proofs without their tags, byte for byte. Thinking of a
 * second model in one message, and what has no tag, is left without a proof, so that no model gets
 * it.
 */
export function untagThinking(blocks: readonly ContentBlock[]): Omit<Message, "role"> {
  const modelId = blocks.map((block) => readTag(proofOf(block))).find((tag) => tag !== null)
    ?.modelId ?? null;
  const own = (proof: string): string | null => {
    const tag = readTag(proof);
    return tag !== null && tag.modelId === modelId ? tag.proof : null;
  };
  const untagged = blocks.map((block): ContentBlock => {
    if (block.type === "thinking") return { ...block, signature: own(proofOf(block)) };
    return block.type === "redacted-thinking" ? untagRedacted(own(block.data)) : block;
  });
  return { blocks: untagged, modelId };
}

function untagRedacted(data: string | null): RedactedThinkingBlock | ThinkingBlock {
  return data === null
    ? { type: "thinking", text: "", signature: null }
    : { type: "redacted-thinking", data };
}

function proofOf(block: ContentBlock): string {
  if (block.type === "thinking") return block.signature ?? "";
  return block.type === "redacted-thinking" ? block.data : "";
}

interface Tag {
  readonly modelId: string;
  readonly proof: string;
}

function readTag(tagged: string): Tag | null {
  const [, id, proof] = /^bsw1\.([A-Za-z0-9_-]+)\.(.+)$/s.exec(tagged) ?? [];
  const modelId = id === undefined ? null : textOfBase64url(id);
  return modelId === null || proof === undefined ? null : { modelId, proof };
}

function base64url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function textOfBase64url(encoded: string): string | null {
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)));
  } catch {
    return null;
  }
}
