import { z } from "zod";

/** A guardrail as the control API takes it. */
export const guardrail = z.strictObject({
  /** Versions that exist. */
  versions: z.array(z.string().regex(/^([1-9]\d{0,7}|DRAFT)$/)).min(1).default(["1", "DRAFT"]),
  /** What it says in place of a question, and of an answer, that it blocks. */
  blockedInput: z.string().min(1).default("Sorry, I cannot answer this question."),
  blockedOutput: z.string().min(1).default("Sorry, I cannot show this answer."),
  words: z.array(z.strictObject({
    /** Found anywhere in a text, in whatever case. */
    word: z.string().min(1),
    /** `mask` puts `{NAME}` in its place. */
    action: z.enum(["block", "mask"]).default("block"),
    on: z.enum(["input", "output", "both"]).default("both"),
  })).default([]),
  /** Whether the caller may apply it: `bedrock:ApplyGuardrail`. */
  access: z.enum(["granted", "denied"]).default("granted"),
});

export type Guardrail = z.infer<typeof guardrail>;
/** With its defaults left out. */
export type GuardrailInput = z.input<typeof guardrail>;
