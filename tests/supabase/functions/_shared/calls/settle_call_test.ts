/** What a call that failed leaves in the log of the words that AWS quotes. */
import { expect } from "@std/expect";
import type { Surface } from "../../../../../supabase/functions/_shared/core/surface.ts";
import { maskWords } from "../../../../../supabase/functions/_shared/runtime/mask_words.ts";
import {
  settleCall,
  type SettlingOptions,
} from "../../../../../supabase/functions/_shared/calls/settle_call.ts";
import type { RunQuestion } from "../../../../../supabase/functions/_shared/runs/run_plan.ts";
import { runRecord } from "../runs/run_record_of.ts";
import { begunCall } from "./call_world.ts";

const surface: Surface = "anthropic";
const file = (mediaType: "text/plain" | "application/pdf", name: string, words: string) => ({
  type: "document",
  mediaType,
  name,
  source: { kind: "base64", data: btoa(words) },
} as const);

/** A question that has a secret in every place. */
const question: RunQuestion = {
  history: [{
    role: "assistant",
    modelId: "a",
    blocks: [
      { type: "thinking", text: "Secret-thought", signature: "Secret-signature" },
      { type: "redacted-thinking", data: "Secret-redacted" },
      {
        type: "tool-use",
        id: "Secret-7",
        name: "secret_tool",
        input: { "secret-key": ["Ximena"] },
      },
    ],
  }, {
    role: "user",
    modelId: null,
    blocks: [{
      type: "tool-result",
      toolUseId: "Secret-8",
      content: [
        { type: "text", text: "Secret-result" },
        file("text/plain", "Secret-file", "Secret-in-file"),
      ],
      isError: false,
    }],
  }],
  historyLength: 2,
  question: {
    role: "user",
    modelId: null,
    blocks: [
      { type: "text", text: "Secret-question" },
      file("application/pdf", "Secret-pdf", "%PDF-1.7"),
    ],
  },
  assistantType: "clinical",
  pinnedModelId: null,
  requestedModelId: "eu.amazon.nova-lite-v1:0",
  permittedModelIds: ["eu.amazon.nova-lite-v1:0"],
  useCase: null,
  fallback: true,
  system: [{ type: "text", text: "Secret-system" }],
  settings: { stop_sequences: ["Secret-stop"] },
  tools: [{
    name: "secret-described",
    description: "Secret-description",
    inputSchema: { type: "object", properties: { "secret-property": { enum: ["Secret-enum"] } } },
    betaMembers: { "beta-1": { input_examples: [{ ward: "Secret-example" }] } },
  }],
  toolChoice: { type: "tool", name: "secret-choice" },
  outputSchema: {
    name: "secret-schema",
    description: "Secret-shape",
    schema: { const: "Secret-const" },
  },
  betas: ["secret-beta-2026-01-01"],
  betaMembers: { "beta-2": { context_management: { edits: ["Secret-member"] } } },
};

async function wordsOf(question: RunQuestion): Promise<readonly string[]> {
  let words: readonly string[] = [];
  const options: SettlingOptions = {
    now: () => 0,
    sleep: () => Promise.resolve(),
    calls: { complete: () => Promise.resolve(1) },
    report: (_, ended) => void (words = ended?.words ?? []),
    continueInBackground: () => {},
    reportLoss: () => {},
  };
  await settleCall(
    {
      id: crypto.randomUUID(),
      surface,
      begun: begunCall,
      question,
      unit: "u",
      clientRetries: null,
      trace: null,
    },
    { kind: "failed", selected: null, error: new Error("refused"), record: runRecord() },
    options,
  );
  return words;
}

/** Every secret of the question, those in base64 in words. */
const secrets = [
  ...new Set(JSON.stringify(question).match(/Secret-\w[\w-]*|secret[-_]\w[\w-]*|Ximena/gi)),
  "Secret-in-file",
];

Deno.test("whatever AWS quotes of a call's question is masked in the log", async () => {
  const words = await wordsOf(question);
  expect(secrets).toHaveLength(26);
  for (const secret of secrets) {
    for (const text of [`input: ${secret} is refused`, `input: '${secret}' is refused`]) {
      expect([secret, maskWords(text, words)]).toEqual([secret, text.replace(secret, "…")]);
    }
  }
});

Deno.test("what AWS says in its own words stays in the log of a call", async () => {
  const words = await wordsOf(question);
  const said = [
    "messages.2.content.0.type: Input tag 'image' is not one of the expected tags: 'thinking'",
    "tools.0.custom.input_schema: JSON schema is invalid; its type must be object",
    "The model eu.amazon.nova-lite-v1:0 does not take stop sequences of the user",
  ];
  for (const text of said) expect(maskWords(text, words)).toBe(text);
});

Deno.test("the bytes of media that are not text are none of the words that AWS may quote", async () => {
  const words = await wordsOf(question);
  expect(words).toContain("Secret-pdf");
  expect(words).not.toContain(btoa("%PDF-1.7"));
});
