/** Whatever may be asked of a model: generated histories, tools and settings. */
import fc from "fast-check";
import { signThinking } from "../../../../../stand-in/answers/thinking_signature.ts";
import type {
  CacheMark,
  ContentBlock,
  Message,
  TextBlock,
  ToolResultBlock,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import type {
  Asked,
  OutputSchema,
  Tool,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { efforts } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { answerOf, image, pdf, text, textFile, user } from "./blocks.ts";

const anyText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ maxLength: 6, unit: "binary" }),
  fc.constantFrom("", " ", "\n\t", "\uD83D", "a\0b", "long ".repeat(2000)),
);
const mark = fc.option(
  fc.record({ ttl: fc.constantFrom(null, "5m" as const, "1h" as const) }),
  { nil: undefined, freq: 6 },
);

function marked<Block extends ContentBlock>(block: fc.Arbitrary<Block>): fc.Arbitrary<Block> {
  return fc.tuple(block, mark).map(([block, cache]: [Block, CacheMark | undefined]) =>
    cache === undefined ? block : { ...block, cache }
  );
}

const textBlock: fc.Arbitrary<TextBlock> = marked(anyText.map(text));
const gif = {
  ...image(btoa("GIF89a\x01\0\x01\0\0\0\0;")),
  mediaType: "image/gif",
} as const;
const media = marked(fc.oneof(
  fc.constantFrom(image(), gif, { ...image(), source: stored() }),
  anyText.map((name) => pdf(name)),
  anyText.map((name) => textFile("Creatinine 1.4", name)),
));

function stored() {
  return { kind: "storage", bucket: "b", path: "p", size: 9 } as const;
}

/** Of any alphabet and length; some come again. */
const toolId = fc.oneof(
  fc.constantFrom("a", "b", "aaaaaaaaa", "functions.Bash:0", "", `call_${"x".repeat(90)}`),
  fc.string({ maxLength: 70, unit: "binary" }),
);
const toolName = fc.oneof(
  fc.constantFrom("find_bed", "find-bed", "mcp.beds/find", "日本"),
  fc.string({ minLength: 1, maxLength: 80 }),
);

const toolUse = marked(fc.record({
  type: fc.constant("tool-use" as const),
  id: toolId,
  name: toolName,
  input: fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined)),
}));

const toolResult: fc.Arbitrary<ToolResultBlock> = marked(fc.record({
  type: fc.constant("tool-result" as const),
  toolUseId: toolId,
  content: fc.array(fc.oneof(textBlock, media), { maxLength: 3 }),
  isError: fc.boolean(),
}));

/** As the stand-in signs it, which knows models without the prefix of a profile. */
function signatureOf(modelId: string, text: string): string {
  return signThinking(modelId.replace(/^(eu|us|global)\./, ""), text);
}

/** Signed, or not at all. */
function thinkingOf(modelId: string): fc.Arbitrary<ContentBlock> {
  return fc.oneof(
    fc.tuple(fc.constantFrom("", "Hm."), fc.boolean()).map(([text, isSigned]) => ({
      type: "thinking" as const,
      text,
      signature: isSigned ? signatureOf(modelId, text) : null,
    })),
    fc.constant({
      type: "redacted-thinking" as const,
      data: signatureOf(modelId, "redacted\nHm."),
    }),
  );
}

const opaque = fc.constant<ContentBlock>({ type: "opaque", kind: "citations", value: [] });

function anyMessage(modelIds: readonly string[]): fc.Arbitrary<Message> {
  return fc.constantFrom(...modelIds).chain((modelId) => {
    const block = fc.oneof(
      { weight: 3, arbitrary: textBlock },
      { weight: 3, arbitrary: toolUse },
      { weight: 3, arbitrary: toolResult },
      { weight: 2, arbitrary: thinkingOf(modelId) },
      { weight: 1, arbitrary: media },
      { weight: 1, arbitrary: opaque },
    );
    return fc.tuple(fc.boolean(), fc.array(block, { maxLength: 5 })).map(([isUser, blocks]) =>
      isUser ? user(...blocks) : answerOf(modelId, ...blocks)
    );
  });
}

/** A call of tools as it should be: reasoning, calls, results. */
function toolTurn(modelIds: readonly string[]): fc.Arbitrary<Message[]> {
  return fc.tuple(
    fc.constantFrom(...modelIds),
    fc.uniqueArray(toolId, { minLength: 1, maxLength: 3 }),
    toolName,
    fc.boolean(),
  ).map(([modelId, ids, name, thinks]) => [
    user(text("Where?")),
    answerOf(
      modelId,
      ...thinks
        ? [{ type: "thinking", text: "Hm.", signature: signatureOf(modelId, "Hm.") } as const]
        : [],
      ...ids.map((id) => ({ type: "tool-use", id, name, input: {} }) as const),
    ),
    user(...ids.map((toolUseId) => ({
      type: "tool-result",
      toolUseId,
      content: [text("Bed 4"), image()],
      isError: false,
    } as const))),
  ]);
}

/** Any messages, in any order, by `modelIds`. */
export function anyHistory(
  modelIds: readonly string[],
  length: fc.ArrayConstraints = { maxLength: 14 },
): fc.Arbitrary<Message[]> {
  const message = anyMessage(modelIds).map((message) => [message]);
  return fc.array(fc.oneof(message, toolTurn(modelIds)), length).map((parts) => parts.flat());
}

const schema = fc.constantFrom<unknown>(
  { type: "object", properties: {} },
  { type: "object", properties: { ward: { type: "string" } }, required: ["ward"] },
  null,
  { $schema: "s", properties: { next: { $ref: "#" } } },
  { anyOf: [{ properties: { a: { type: "string" } } }, { properties: { b: {} } }] },
  {
    $ref: "#/definitions/Bed",
    definitions: { Bed: { type: ["object", "null"], properties: { a: { minimum: 1 } } } },
  },
);

const tools: fc.Arbitrary<Tool[]> = fc.uniqueArray(
  fc.tuple(
    fc.record({
      name: toolName,
      description: fc.option(anyText),
      inputSchema: schema,
      strict: fc.boolean(),
    }),
    mark,
  ).map(([tool, cache]) => cache === undefined ? tool : { ...tool, cache }),
  { maxLength: 4, selector: ({ name }) => name },
);

const outputSchema: fc.Arbitrary<OutputSchema | null> = fc.option(
  fc.record({
    name: toolName,
    description: fc.option(anyText),
    schema: fc.constantFrom(
      { type: "object", properties: { ward: { type: "string", minLength: 1 } } },
      { type: "array", items: { type: "string" } },
      { type: "object" },
    ),
  }),
  { freq: 3 },
);

/** What a model may be asked that takes what its row says. */
export function anyAsked(model: Model, modelIds: readonly string[]): fc.Arbitrary<Asked> {
  const { images, documents, betas } = model.capabilities;
  const question = user(
    text("And now?"),
    ...images === undefined ? [] : [image()],
    ...documents === undefined ? [] : [pdf()],
  );
  return fc.record({
    system: fc.array(textBlock, { maxLength: 3 }),
    history: anyHistory(modelIds),
    question: fc.constantFrom(question, user(text("Go on"))),
    tools: model.capabilities.tools === undefined ? fc.constant([]) : tools,
    choice: fc.constantFrom(null, "auto", "any", "none", "tool"),
    parallelTools: fc.boolean(),
    outputSchema,
    effort: fc.oneof(
      fc.constantFrom(null, ...efforts, "adaptive" as const),
      fc.record({
        budgetTokens: fc.integer({ min: 1, max: 70_000 }),
        effort: fc.constantFrom(null, ...efforts),
      }),
    ),
    guardrail: fc.constantFrom(null, { id: "abc", version: "1" }),
    unguarded: fc.boolean(),
    betas: fc.subarray([...betas, "unknown-2020-01-01"]),
    beginning: fc.constantFrom(null, null, "Good \n"),
  }).map(({ history, question, choice, beginning, ...asked }) => ({
    ...asked,
    messages: [
      ...history,
      question,
      ...beginning !== null && continues(model, asked)
        ? [answerOf(model.model_id, text(beginning))]
        : [],
    ],
    toolChoice: choiceOf(choice, asked.tools),
  }));
}

/** One that thinks continues no answer. */
function continues({ capabilities }: Model, { effort }: Pick<Asked, "effort">): boolean {
  return capabilities.prefill && effort === null && !capabilities.thinking?.by_default;
}

function choiceOf(
  type: "auto" | "any" | "none" | "tool" | null,
  [first]: readonly Tool[],
): Asked["toolChoice"] {
  if (type === null || type === "auto" || type === "none") return type && { type };
  if (first === undefined) return null;
  return type === "any" ? { type } : { type, name: first.name };
}
