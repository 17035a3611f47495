/** Reads the tags by which a body of InvokeModel marks what its guardrail looks at. */
export interface GuardTags {
  /** The text as the model gets it, and what of it is marked; null: nothing. */
  read(text: string): { readonly text: string; readonly guarded: string | null };
}

/**
 * The tags of a suffix; without one, or without a guardrail, all text is what it is.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tagging.html
 */
export function guardTags(suffix: string | null): GuardTags {
  if (suffix === null) return { read: (text) => ({ text, guarded: null }) };
  const tag = `amazon-bedrock-guardrails-guardContent_${suffix}`;
  const pattern = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, "g");
  return {
    read(text) {
      const marked = [...text.matchAll(pattern)].map((match) => match[1] ?? "");
      return marked.length === 0
        ? { text, guarded: null }
        : { text: text.replaceAll(pattern, "$1"), guarded: marked.join("\n") };
    },
  };
}
