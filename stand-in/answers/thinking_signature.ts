import { createHash } from "node:crypto";

/**
 * Models sign what they think, and check it when it comes back. The stand-in's signature names the
 * model and the text, so that any change of either shows; it is no secret.
 */
export function signThinking(modelId: string, text: string): string {
  return btoa(`stand-in ${digest(modelId)} ${digest(`${modelId}\n${text}`)}`);
}

/** Thinking that comes encrypted: nothing but its signature. */
export function redactThinking(modelId: string, text: string): string {
  return signThinking(modelId, `redacted\n${text}`);
}

/** Whether a model wrote a signature, for whatever text. */
export function isSignatureOf(modelId: string, signature: string): boolean {
  return signature.startsWith(btoa(`stand-in ${digest(modelId)} `).slice(0, 32));
}

/** What models wrote that was signed by a script, not by the stand-in. */
export class ScriptedThinking {
  readonly #known = new Set<string>();

  add(modelId: string, block: SignedBlock): void {
    this.#known.add(key(modelId, block));
  }

  has(modelId: string, block: SignedBlock): boolean {
    return this.#known.has(key(modelId, block));
  }
}

/** A block of thinking, or one that came encrypted, whose data stand for both. */
export interface SignedBlock {
  readonly text: string;
  readonly signature: string;
}

function key(modelId: string, { text, signature }: SignedBlock): string {
  return digest(JSON.stringify([modelId, text, signature]));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}
