import { expect } from "@std/expect";
import type { Answer } from "../../../stand-in/answers/answer.ts";
import type { Question } from "../../../stand-in/answers/question.ts";
import { messageText } from "../../../stand-in/answers/question.ts";
import { claudeBody } from "../../../stand-in/formats/claude_answer.ts";
import { parseClaude } from "../../../stand-in/formats/claude_request.ts";
import { converseBody } from "../../../stand-in/formats/converse_answer.ts";
import { parseConverse } from "../../../stand-in/formats/converse_request.ts";
import { guardedAnswer } from "../../../stand-in/guardrails/guarded_answer.ts";
import { guardrail, type GuardrailInput } from "../../../stand-in/guardrails/guardrail.ts";
import { Guardrails } from "../../../stand-in/guardrails/guardrails.ts";
import { assistant, served, user } from "../checks/support.ts";

const sonnet = served("Sonnet 4.5");
const usage = {
  inputTokens: 18,
  outputTokens: 12,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  thinkingTokens: 0,
};
const poison: GuardrailInput = { words: [{ word: "poison", on: "input" }] };
const timing = { firstByteMs: 1, totalMs: 1 };
const config = { guardrailIdentifier: "abc", guardrailVersion: "1", trace: "enabled" };

/** The answer of a model that repeats the last message. */
function guard(question: Question, rules: GuardrailInput, intervened: string | null): Answer {
  const asked = question.guardrail;
  if (asked === null) throw new Error("The request has no guardrail.");
  return guardedAnswer(question, asked, guardrail.parse(rules), {
    answer: ({ messages }) => ({
      blocks: [{ type: "text", text: `You said ${messageText(messages.at(-1))}` }],
      stopReason: "end_turn",
      stopSequence: null,
      usage,
    }),
    usage: () => usage,
  }, intervened);
}

function converse(messages: unknown, rules: GuardrailInput, extra: object = {}) {
  const body = { messages, guardrailConfig: config, ...extra };
  const answer = guard(parseConverse(body, sonnet).question, rules, "guardrail_intervened");
  return converseBody(answer, [], timing);
}

Deno.test("Converse answers an intervention with the guardrail's words, usage and trace", () => {
  const blocked = converse([user({ text: "Where is poison?" })], poison);
  expect(blocked).toMatchObject({
    output: { message: { content: [{ text: "Sorry, I cannot answer this question." }] } },
    stopReason: "guardrail_intervened",
    usage: { inputTokens: 18, outputTokens: 12 },
    trace: {
      guardrail: {
        inputAssessment: {
          abc: { wordPolicy: { customWords: [{ match: "poison", action: "BLOCKED" }] } },
        },
      },
    },
  });
  const silent = { guardrailConfig: { ...config, trace: "disabled" } };
  expect(converse([user({ text: "Poison?" })], poison, silent)).not.toHaveProperty("trace");
  const fine = converse([user({ text: "Hello" })], poison);
  expect([fine["stopReason"], fine["trace"]]).toEqual(["end_turn", { guardrail: {} }]);
});

Deno.test("an answer is looked at too, and a masked word leaves the rest usable", () => {
  const inAnswer = { words: [{ word: "said", on: "output" as const }] };
  expect(converse([user({ text: "Hello" })], inAnswer)).toMatchObject({
    output: { message: { content: [{ text: "Sorry, I cannot show this answer." }] } },
    trace: { guardrail: { outputAssessments: { abc: [expect.anything()] } } },
  });
  const masks = { words: [{ word: "Anna", action: "mask" as const }] };
  expect(converse([user({ text: "I am Anna." })], masks)).toMatchObject({
    output: { message: { content: [{ text: "You said I am {NAME}." }] } },
    stopReason: "guardrail_intervened",
    trace: {
      guardrail: {
        inputAssessment: {
          abc: {
            sensitiveInformationPolicy: {
              piiEntities: [{ match: "Anna", type: "NAME", action: "ANONYMIZED" }],
            },
          },
        },
      },
    },
  });
});

Deno.test("only marked words are looked at; without a mark all text is, but no tool's", () => {
  const history = [user({ text: "poison" }), assistant({ text: "No." })];
  const stop = (last: unknown, extra: object = {}) =>
    converse([...history, last], poison, extra)["stopReason"];
  const marked = { guardContent: { text: { text: "Hello" } } };
  expect(stop(user({ text: "Hello" }))).toBe("guardrail_intervened");
  expect(stop(user(marked))).toBe("end_turn");
  expect(stop(user(marked, { text: "poison" }))).toBe("end_turn");
  expect(stop(user({ guardContent: { text: { text: "poison" } } }))).toBe("guardrail_intervened");
  expect(stop(user(marked), { system: [{ text: "poison" }] })).toBe("end_turn");

  const toolConfig = {
    tools: [{ toolSpec: { name: "poison", inputSchema: { json: { type: "object" } } } }],
  };
  const tools = [
    user({ text: "Hello" }),
    assistant({ toolUse: { toolUseId: "a", name: "poison", input: { poison: 1 } } }),
    user({ toolResult: { toolUseId: "a", content: [{ text: "poison" }] } }),
  ];
  expect(converse(tools, poison, { toolConfig })["stopReason"]).toBe("end_turn");
});

Deno.test("InvokeModel names guardrail and version in headers, and its tags mark words", () => {
  const headers = new Headers({
    "x-amzn-bedrock-guardrailidentifier": "abc",
    "x-amzn-bedrock-guardrailversion": "1",
    "x-amzn-bedrock-trace": "ENABLED",
  });
  const body = (text: string, extra: object = {}) => ({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 900,
    messages: [user({ type: "text", text: "poison" }), assistant({ type: "text", text: "No." }), {
      role: "user",
      content: text,
    }],
    ...extra,
  });
  const read = (given: object) => {
    const question = parseClaude(given, sonnet, { headers, wroteIt: () => false });
    return claudeBody(guard(question, poison, null), sonnet);
  };
  const tag = (text: string, suffix = "x1") =>
    `<amazon-bedrock-guardrails-guardContent_${suffix}>${text}</amazon-bedrock-guardrails-guardContent_${suffix}>`;
  const tagged = { "amazon-bedrock-guardrailConfig": { tagSuffix: "x1" } };
  expect(read(body("Hello"))).toMatchObject({
    content: [{ type: "text", text: "Sorry, I cannot answer this question." }],
    stop_reason: "end_turn",
    "amazon-bedrock-guardrailAction": "INTERVENED",
    "amazon-bedrock-trace": { guardrail: { input: { abc: expect.anything() } } },
  });
  // The model gets the text without the tags.
  expect(read(body(`Say ${tag("Hello")}`, tagged))).toMatchObject({
    content: [{ type: "text", text: "You said Say Hello" }],
    "amazon-bedrock-guardrailAction": "NONE",
  });
  expect(read(body(tag("Hello", "other"), tagged))["amazon-bedrock-guardrailAction"])
    .toBe("INTERVENED");
  expect(() => parseClaude(body("Hello", tagged), sonnet)).toThrow("there is no guardrail for it");
});

Deno.test("a guardrail that does not exist, or may not be applied, fails the call", () => {
  const guardrails = new Guardrails("eu-central-1");
  guardrails.set("abc", guardrail.parse({ versions: ["1"] }));
  guardrails.set("closed", guardrail.parse({ access: "denied" }));
  const resolve = (id: string, version = "1") => {
    try {
      guardrails.resolve({ id, version, trace: false });
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };
  const missing = "The guardrail identifier or version provided in the request does not exist.";
  expect(resolve("abc")).toBeNull();
  expect(resolve("arn:aws:bedrock:eu-central-1:123456789012:guardrail/abc")).toBeNull();
  expect(resolve("arn:aws:bedrock:eu-west-1:123456789012:guardrail/abc")).toBe(missing);
  expect(resolve("abc", "2")).toBe(missing);
  expect(resolve("abc", "DRAFT")).toBe(missing);
  expect(resolve("def")).toBe(missing);
  expect(resolve("A-b")).toBe("The provided guardrail identifier is invalid.");
  expect(resolve("closed")).toContain(
    "not authorized to perform: bedrock:ApplyGuardrail on resource: arn:aws:bedrock:eu-central-1:123456789012:guardrail/closed",
  );
});
