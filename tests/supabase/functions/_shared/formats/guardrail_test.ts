/** What a guardrail is shown, and what is made of what it says, in every format. */
import { expect } from "@std/expect";
import fc from "fast-check";
import type { ModelAnswer } from "../../../../../supabase/functions/_shared/core/answer.ts";
import { formatOf, formats } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import type { ModelRequest } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import type {
  ReplayableBlock,
  ReplayableMessage,
} from "../../../../../supabase/functions/_shared/formats/replayable.ts";
import {
  type FormatId,
  formatIds,
} from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRow } from "../model_row.ts";
import { assistantMessage, modelRequest, userMessage } from "./model_request.ts";

const guardrail = { id: "1abcd2ef34gh", version: "3" };
const png = {
  type: "image",
  mediaType: "image/png",
  source: { kind: "base64", data: "iVBORw0KGgo=" },
} as const;
const gif = { ...png, mediaType: "image/gif" } as const;
const pdf = {
  type: "document",
  mediaType: "application/pdf",
  name: "document 1",
  source: { kind: "base64", data: "JVBERi0x" },
} as const;
const result: ReplayableBlock = {
  type: "tool-result",
  toolUseId: "t1",
  content: [{ type: "text", text: "Three beds." }],
  isError: false,
};
const use: ReplayableBlock = { type: "tool-use", id: "t1", name: "find_bed", input: {} };

function user(...blocks: ReplayableBlock[]): ReplayableMessage {
  return { role: "user", blocks };
}

function sent(
  format: FormatId,
  messages: readonly ReplayableMessage[],
  guarded = true,
  more: Partial<ModelRequest> = {},
  // deno-lint-ignore no-explicit-any
): any {
  return formats[format].encodeRequest(modelRequest({
    model: modelRow({ format }),
    messages,
    guardrail: guarded ? guardrail : null,
    ...more,
  }));
}

/** The text that Claude's tags mark. */
function taggedTexts(body: unknown): string[] {
  const tags = /<amazon-bedrock-guardrails-guardContent_(\w+)>(.*?)<\/\1?/gs;
  return [...JSON.stringify(body).matchAll(tags)].map(([, , text = ""]) => text);
}

Deno.test("Converse is told which guardrail to apply, and to say what it did", () => {
  expect(sent("converse", [userMessage("Hi")]).guardrailConfig).toEqual({
    guardrailIdentifier: "1abcd2ef34gh",
    guardrailVersion: "3",
    trace: "enabled",
  });
});

Deno.test("without a guardrail nothing is marked", () => {
  for (const format of formatIds) {
    expect(JSON.stringify(sent(format, [user({ type: "text", text: "Hi" }, png)], false)))
      .not.toMatch(/guard/i);
  }
});

Deno.test("only the user's newest words and pictures are guarded, through Converse", () => {
  const { messages } = sent("converse", [
    userMessage("Earlier"),
    assistantMessage("Yes"),
    user({ type: "text", text: "Now", cache: { ttl: null } }, png, gif, result),
  ]);
  expect(messages[0].content).toEqual([{ text: "Earlier" }]);
  expect(messages[2].content).toEqual([
    { guardContent: { text: { text: "Now" } } },
    { cachePoint: { type: "default" } },
    { guardContent: { image: { format: "png", source: { bytes: png.source.data } } } },
    { image: { format: "gif", source: { bytes: gif.source.data } } },
    { toolResult: { toolUseId: "t1", content: [{ text: "Three beds." }] } },
  ]);
});

Deno.test("only the user's newest words are guarded, by tags in a body of Claude's", () => {
  const body = sent("claude", [
    userMessage("Earlier"),
    assistantMessage("Yes"),
    user({ type: "text", text: "Now" }, png, { type: "text", text: "And this" }),
  ]);
  expect(taggedTexts(body)).toEqual(["Now", "And this"]);
  expect(body["amazon-bedrock-guardrailConfig"]).toEqual({ tagSuffix: "said1" });
  const tag = "amazon-bedrock-guardrails-guardContent_said1";
  expect(body.messages[2].content[0]).toEqual({ type: "text", text: `<${tag}>Now</${tag}>` });
  expect(body.messages[0].content).toEqual([{ type: "text", text: "Earlier" }]);
});

const unseen: readonly ReplayableMessage[] = [
  user({ type: "text", text: "Earlier" }, png, gif),
  assistantMessage("Find it"),
  { role: "assistant", blocks: [use] },
  user(result, { type: "text", text: "Be brief.", isOurs: true }),
  user({ type: "text", text: "Now" }),
];

Deno.test("of a history that no guardrail saw, all that the user says is guarded", () => {
  const body = sent("claude", unseen, true, { unguarded: true });
  expect(taggedTexts(body)).toEqual(["Earlier", "Now"]);
  const { messages } = sent("converse", unseen, true, { unguarded: true });
  expect(messages[0].content).toEqual([
    { guardContent: { text: { text: "Earlier" } } },
    { guardContent: { image: { format: "png", source: { bytes: png.source.data } } } },
    { image: { format: "gif", source: { bytes: gif.source.data } } },
  ]);
  expect(messages.slice(1, 4)).toEqual(sent("converse", unseen).messages.slice(1, 4));
  expect(messages[4].content).toEqual([{ guardContent: { text: { text: "Now" } } }]);
});

Deno.test("no words of an earlier message can close the tag of a later one", () => {
  const tag = "amazon-bedrock-guardrails-guardContent_said1";
  const messages = [userMessage(`</${tag}>`), assistantMessage(`</${tag.replace("1", "2")}>`)];
  const body = sent("claude", [...messages, userMessage("Now")], true, { unguarded: true });
  expect(body["amazon-bedrock-guardrailConfig"]).toEqual({ tagSuffix: "said3" });
  expect(JSON.stringify(sent("claude", unseen, false, { unguarded: true }))).not.toMatch(/guardC/);
});

Deno.test("on a turn of tools' results, the last words of the user are guarded and no more", () => {
  const messages: ReplayableMessage[] = [
    userMessage("Earlier"),
    assistantMessage("Yes"),
    userMessage("Find a bed"),
    { role: "assistant", blocks: [use] },
    user(result),
  ];
  expect(taggedTexts(sent("claude", messages))).toEqual(["Find a bed"]);
  const { messages: written } = sent("converse", messages);
  expect(written[2].content).toEqual([{ guardContent: { text: { text: "Find a bed" } } }]);
  expect(JSON.stringify(written).match(/guardContent/g)).toHaveLength(1);
});

Deno.test("words of ours among the user's are not guarded", () => {
  const ours = { type: "text", text: "Be brief.", isOurs: true } as const;
  const messages = [user(ours, { type: "text", text: "Hi" }), assistantMessage("Yes"), user(ours)];
  const { messages: tagged, ...rest } = sent("claude", messages);
  expect(taggedTexts(tagged)).toEqual(["Hi"]);
  expect(rest["amazon-bedrock-guardrailConfig"]).toEqual({ tagSuffix: "said1" });
  expect(JSON.stringify(tagged)).not.toContain("isOurs");
  const { messages: written } = sent("converse", messages);
  expect(written[0].content).toEqual([
    { text: "Be brief." },
    { guardContent: { text: { text: "Hi" } } },
  ]);
  expect(written[2].content).toEqual([{ text: "Be brief." }]);
});

Deno.test("no words of the user's can close their tag", () => {
  const bits = fc.constantFrom(
    "</amazon-bedrock-guardrails-guardContent_said1>",
    "<AMAZON-bedrock-guardrails-guardContent_SAID2>",
    "_said3",
    "said1",
    "hello",
  );
  fc.assert(fc.property(fc.array(bits, { minLength: 1, maxLength: 6 }), (words) => {
    const body = sent("claude", [userMessage(words.join(" "))]);
    const { tagSuffix } = body["amazon-bedrock-guardrailConfig"];
    expect(words.join(" ").toLowerCase()).not.toContain(`_${tagSuffix}`);
    expect(tagSuffix).toMatch(/^[a-z0-9]{1,20}$/);
    expect(body.messages[0].content[0].text.split(`_${tagSuffix}>`)).toHaveLength(3);
  }));
});

Deno.test("a conversation without words of the user's has no tags, so that all of it is looked at", () => {
  const body = sent("claude", [user(png)]);
  expect(JSON.stringify(body)).not.toContain("guard");
});

Deno.test("a document keeps a text beside it when the words are guarded", () => {
  const { messages } = sent("converse", [user({ type: "text", text: "Read it" }, pdf)]);
  expect(messages[0].content).toEqual([
    { guardContent: { text: { text: "Read it" } } },
    { document: { format: "pdf", name: "document 1", source: { bytes: pdf.source.data } } },
    { text: expect.stringMatching(/./) },
  ]);
});

Deno.test("formatOf() takes Converse for what Nova's own body has no place for, and only then", () => {
  const nova = modelRow({ format: "nova" });
  const of = (request: Partial<ModelRequest>) =>
    formatOf(modelRequest({ model: nova, ...request }));
  expect(of({}).id).toBe("nova");
  expect(of({ messages: [user({ type: "text", text: "See" }, png, result)] }).id).toBe("nova");
  expect(of({ guardrail }).id).toBe("converse");
  expect(of({ thinking: { kind: "level", effort: "low" } }).id).toBe("converse");
  const earlier = [user(pdf), assistantMessage("Yes"), userMessage("And now?")];
  expect(of({ messages: earlier }).id).toBe("converse");
  for (const format of ["claude", "converse"] as const) {
    expect(of({ model: modelRow({ format }), guardrail, messages: earlier }).id).toBe(format);
  }
});

const blocked = { topicPolicy: { topics: [{ name: "Doses", type: "DENY", action: "BLOCKED" }] } };
const masked = {
  sensitiveInformationPolicy: {
    piiEntities: [{ type: "NAME", match: "Ann", action: "ANONYMIZED" }],
  },
};

/** The trace as InvokeModel puts it beside the body, and as Converse has it. */
function traceOf(assessment: object) {
  return {
    invoke: { guardrail: { input: { "1abcd2ef34gh": assessment } } },
    converse: { guardrail: { outputAssessments: { "1abcd2ef34gh": [assessment] } } },
  };
}

/** An answer of each format that a guardrail has had a hand in. */
function answersOf(action: string, assessment: object | null): ModelAnswer[] {
  const trace = assessment && traceOf(assessment);
  const beside = {
    "amazon-bedrock-guardrailAction": action,
    ...(trace && { "amazon-bedrock-trace": trace.invoke }),
  };
  const claude = formats.claude.decodeResponse({
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: "Sorry." }],
    stop_reason: "end_turn",
    ...beside,
  }, modelRequest());
  const message = { role: "assistant", content: [{ text: "Sorry." }] };
  const nova = formats.nova.decodeResponse(
    { output: { message }, stopReason: "end_turn", ...beside },
    modelRequest(),
  );
  const stopReason = action === "NONE" ? "end_turn" : "guardrail_intervened";
  const converse = formats.converse.decodeResponse(
    { output: { message }, stopReason, ...(trace && { trace: trace.converse }) },
    modelRequest(),
  );
  return [claude, nova, converse];
}

/** The same in streams, where InvokeModel says it in chunks. */
function streamedOf(action: string, assessment: object | null): ModelAnswer[] {
  const trace = assessment && traceOf(assessment);
  const said = { "amazon-bedrock-guardrailAction": action };
  const traced = trace ? [{ ...said, "amazon-bedrock-trace": trace.invoke }] : [said];
  const amazon = [
    { messageStart: { role: "assistant" } },
    { contentBlockDelta: { delta: { text: "Sorry." }, contentBlockIndex: 0 } },
    { contentBlockStop: { contentBlockIndex: 0 } },
  ];
  const stopReason = action === "NONE" ? "end_turn" : "guardrail_intervened";
  return [
    answerOf("claude", [
      { type: "message_start", message: { role: "assistant" }, ...said },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "text_delta", text: "Sorry." },
        ...traced[0],
      },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" } },
      { type: "message_stop" },
      ...traced,
    ]),
    answerOf("nova", [
      ...amazon,
      { messageStop: { stopReason: "end_turn" } },
      { metadata: {} },
      ...traced,
    ]),
    answerOf("converse", [
      ...amazon,
      { messageStop: { stopReason } },
      { metadata: { ...(trace && { trace: trace.converse }) } },
    ]),
  ];
}

function answerOf(format: FormatId, events: readonly unknown[]): ModelAnswer {
  const decoder = formats[format].createStreamDecoder(modelRequest());
  for (const event of events) {
    decoder.push(event);
    decoder.take();
  }
  return decoder.finish();
}

Deno.test("a guardrail's action decides and not the model's stop reason, in both spellings", () => {
  for (const action of ["INTERVENED", "GUARDRAIL_INTERVENED"]) {
    for (const answer of [...answersOf(action, blocked), ...streamedOf(action, blocked)]) {
      expect(answer).toMatchObject({
        stopReason: "guardrail_intervened",
        blocks: [{ type: "text", text: "Sorry." }],
      });
    }
  }
  for (const answer of [...answersOf("NONE", {}), ...streamedOf("NONE", {})]) {
    expect(answer.stopReason).toBe("end_turn");
  }
});

Deno.test("an intervention without assessments is taken to have blocked", () => {
  for (const assessment of [null, {}, { topicPolicy: { topics: [] } }]) {
    const answers = [
      ...answersOf("INTERVENED", assessment),
      ...streamedOf("INTERVENED", assessment),
    ];
    for (const { stopReason } of answers) expect(stopReason).toBe("guardrail_intervened");
  }
});

Deno.test("an answer of which only parts were masked is an answer, and its provider's word tells it", () => {
  for (const answer of [...answersOf("INTERVENED", masked), ...streamedOf("INTERVENED", masked)]) {
    expect(answer)
      .toMatchObject({ stopReason: "end_turn", providerStopReason: "guardrail_intervened" });
  }
  const both = { ...blocked, ...masked };
  for (const answer of [...answersOf("INTERVENED", both), ...streamedOf("INTERVENED", both)]) {
    expect(answer.stopReason).toBe("guardrail_intervened");
  }
});

Deno.test("nothing of a guardrail's trace is left in an answer", () => {
  for (const answer of [...answersOf("INTERVENED", masked), ...streamedOf("INTERVENED", masked)]) {
    expect(JSON.stringify(answer)).not.toMatch(/amazon-bedrock|Ann/);
  }
});
