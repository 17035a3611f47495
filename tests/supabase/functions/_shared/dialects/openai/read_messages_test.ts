import { expect } from "@std/expect";
import fc from "fast-check";
import { base64, gif, jpeg, pdf, png, webp } from "../../../../../support/media.ts";
import { ask, refusalOf } from "./ask.ts";

const read = (messages: readonly unknown[]) => {
  const { history, question, system } = ask({ messages }).question;
  return { messages: [...history, question], system };
};

const call = (id: string, args: unknown) => ({
  id,
  type: "function",
  function: { name: "find_bed", arguments: args },
});

Deno.test("readCall() puts system and developer messages into the prompt, in order", () => {
  const { messages, system } = read([
    { role: "system", content: "One" },
    { role: "user", content: "Hello" },
    { role: "developer", content: [{ type: "text", text: "Two" }, { type: "text", text: "3" }] },
    { role: "assistant", content: "Hi" },
    { role: "user", content: "Bye" },
  ]);
  expect(system?.map(({ text }) => text)).toEqual(["One", "Two", "3"]);
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
});

Deno.test("readCall() keeps all results of an answer's calls together, before what is said next", () => {
  const { messages } = read([
    { role: "user", content: "Two beds?" },
    { role: "assistant", content: null, tool_calls: [call("a", "{}"), call("b", '{"ward":"B"}')] },
    { role: "tool", tool_call_id: "a", content: "None" },
    { role: "tool", tool_call_id: "b", content: [{ type: "text", text: "One" }] },
    { role: "user", content: "And now?" },
  ]);
  expect(messages.slice(1)).toEqual([
    {
      role: "assistant",
      modelId: null,
      blocks: [
        { type: "text", text: "" },
        { type: "tool-use", id: "a", name: "find_bed", input: {} },
        { type: "tool-use", id: "b", name: "find_bed", input: { ward: "B" } },
      ],
    },
    {
      role: "user",
      modelId: null,
      blocks: [
        {
          type: "tool-result",
          toolUseId: "a",
          isError: false,
          content: [{ type: "text", text: "None" }],
        },
        {
          type: "tool-result",
          toolUseId: "b",
          isError: false,
          content: [{ type: "text", text: "One" }],
        },
        { type: "text", text: "And now?" },
      ],
    },
  ]);
});

/** Arguments as clients send them back, and the input that they stand for. */
const replayed: readonly (readonly [sent: unknown, input: unknown])[] = [
  ['{"ward":"B"}', { ward: "B" }],
  ["", {}],
  ["  \n", {}],
  [null, {}],
  [undefined, {}],
  [{ ward: "B" }, { ward: "B" }],
  ["[1]", [1]],
  ['{"ward":', '{"ward":'],
  ["[".repeat(5_000) + "]".repeat(5_000), "[".repeat(5_000) + "]".repeat(5_000)],
];

for (const [sent, input] of replayed) {
  Deno.test(`readCall() takes the arguments ${String(sent).slice(0, 20)} of a call`, () => {
    const { messages } = read([
      { role: "user", content: "A bed?" },
      { role: "assistant", tool_calls: [call("a", sent)] },
      { role: "tool", tool_call_id: "a", content: "Yes" },
    ]);
    expect(messages[1]?.blocks.find(({ type }) => type === "tool-use")).toMatchObject({ input });
  });
}

Deno.test("readCall() never fails on the arguments that a client sends back", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (args) => {
    read([
      { role: "user", content: "A bed?" },
      { role: "assistant", tool_calls: [call("a", args)] },
      { role: "tool", tool_call_id: "a", content: "Yes" },
    ]);
  }));
});

Deno.test("readCall() takes a refusal of the assistant's as its text", () => {
  const { messages } = read([
    { role: "user", content: "a" },
    { role: "assistant", content: null, refusal: "I will not." },
    { role: "user", content: "b" },
    { role: "assistant", content: [{ type: "refusal", refusal: "Again not." }] },
    { role: "user", content: "c" },
  ]);
  expect(messages[1]?.blocks).toContainEqual({ type: "text", text: "I will not." });
  expect(messages[3]?.blocks).toEqual([{ type: "text", text: "Again not." }]);
});

Deno.test("readCall() leaves a last message of the assistant's as the beginning of the answer", () => {
  const { question } = ask({
    messages: [{ role: "user", content: "A haiku" }, { role: "assistant", content: "Snow" }],
  });
  expect(question.question).toMatchObject({
    role: "assistant",
    blocks: [{ type: "text", text: "Snow" }],
  });
});

Deno.test("readCall() takes cache marks of the API and of gateways", () => {
  const part = (mark: Record<string, unknown>) => ({ type: "text", text: "a", ...mark });
  const { messages } = read([{
    role: "user",
    content: [
      part({ prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }),
      part({ prompt_cache_breakpoint: { mode: "explicit", ttl: "30m" } }),
      part({ cache_control: { type: "ephemeral" } }),
      part({ cache_control: { type: "ephemeral", ttl: "constructor" } }),
      part({ cache_control: null }),
    ],
  }]);
  expect(messages[0]?.blocks.map((block) => "cache" in block ? block.cache : null))
    .toEqual([{ ttl: "1h" }, { ttl: "5m" }, { ttl: null }, { ttl: null }, null]);
});

const image = (url: unknown) => [{
  role: "user",
  content: [{ type: "text", text: "See" }, { type: "image_url", image_url: url }],
}];

// A reader looks at the first 30 bytes.
const files = { png: png(), jpeg: jpeg(), gif: gif(), webp: new Uint8Array([...webp(), 0]) };

for (const [kind, bytes] of Object.entries(files)) {
  Deno.test(`readCall() takes a ${kind} by its bytes, whatever it is declared as`, () => {
    const data = base64(bytes);
    const urls = [
      { url: `data:image/${kind};base64,${data}`, detail: "high" },
      { url: `data:image/jpg;base64,${data}` },
      `data:;base64,${data}`,
      `DATA:application/octet-stream;name=a.b;BASE64,${data}`,
    ];
    for (const url of urls) {
      expect(read(image(url)).messages[0]?.blocks[1]).toEqual({
        type: "image",
        mediaType: `image/${kind}`,
        source: { kind: "base64", data },
      });
    }
  });
}

Deno.test("readCall() takes files by their data, and names them as they are called", () => {
  const file = (file: unknown) =>
    read([{ role: "user", content: [{ type: "file", file }] }])
      .messages[0]?.blocks[0];
  const data = base64(pdf());
  expect(file({ file_data: `data:application/pdf;base64,${data}`, filename: "report.pdf" }))
    .toEqual({
      type: "document",
      mediaType: "application/pdf",
      name: "report.pdf",
      source: { kind: "base64", data },
    });
  expect(file({ file_data: data })).toMatchObject({
    name: "document",
    mediaType: "application/pdf",
  });
  const text = base64(new TextEncoder().encode("a,b\n1,2"));
  expect(file({ file_data: `data:text/csv;base64,${text}` })).toMatchObject({
    mediaType: "text/csv",
  });
  expect(file({ file_data: text, filename: "a.md" })).toMatchObject({ mediaType: "text/markdown" });
  expect(file({ file_data: `data:text/x-python;base64,${text}` })).toMatchObject({
    mediaType: "text/plain",
  });
  expect(file({ file_data: `data:image/png;base64,${base64(png())}` })).toMatchObject({
    type: "image",
  });
});

Deno.test("readCall() takes images in results of tools", () => {
  const data = base64(png());
  const { messages } = read([
    { role: "user", content: "A scan?" },
    { role: "assistant", tool_calls: [call("a", "{}")] },
    {
      role: "tool",
      tool_call_id: "a",
      content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${data}` } }],
    },
  ]);
  expect(messages[2]?.blocks[0]).toMatchObject({ content: [{ type: "image" }] });
});

const content = (part: unknown) => [{ role: "user", content: [part] }];
const cut = base64(png()).slice(0, 40);

/** Messages that are refused, and the place that their client is told. */
const refusedMessages: readonly (readonly [
  what: string,
  messages: readonly unknown[],
  param: string,
  code: string | null,
])[] = [
  ["an unknown role", [{ role: "robot", content: "a" }], "messages[0].role", null],
  ["no role", ["Hello"], "messages[0].role", null],
  [
    "a result of a function",
    [{ role: "function", name: "f", content: "a" }],
    "messages[0].role",
    "unsupported_value",
  ],
  [
    "a call of a function",
    [
      { role: "user", content: "a" },
      { role: "assistant", content: null, function_call: { name: "f", arguments: "" } },
    ],
    "messages[1].function_call",
    null,
  ],
  ["no content", [{ role: "user" }], "messages[0].content", null],
  ["a number as content", [{ role: "user", content: 5 }], "messages[0].content", null],
  ["a part without a type", content({ text: "a" }), "messages[0].content[0]", null],
  ["a text without text", content({ type: "text" }), "messages[0].content[0].text", null],
  [
    "an image that is to be fetched",
    image({ url: "https://example.com/a.png" }),
    "messages[0].content[1].image_url.url",
    null,
  ],
  [
    "an image that was cut off",
    image({ url: `data:image/png;base64,${cut}` }),
    "messages[0].content[1].image_url.url",
    null,
  ],
  [
    "a document as an image",
    image({ url: `data:image/png;base64,${base64(pdf())}` }),
    "messages[0].content[1].image_url.url",
    null,
  ],
  [
    "a stored file",
    content({ type: "file", file: { file_id: "file-1" } }),
    "messages[0].content[0].file",
    "unsupported_value",
  ],
  [
    "a file of another type",
    content({ type: "file", file: { file_data: "AAAAAAAA", filename: "a.exe" } }),
    "messages[0].content[0].file.file_data",
    null,
  ],
  [
    "a sound",
    content({ type: "input_audio", input_audio: { data: "", format: "wav" } }),
    "messages[0].content[0].type",
    "unsupported_value",
  ],
  [
    "a video",
    content({ type: "video_url", video_url: { url: "data:video/mp4;base64,AAAA" } }),
    "messages[0].content[0].type",
    "unsupported_value",
  ],
  [
    "an image in the system prompt",
    [
      {
        role: "system",
        content: [{ type: "image_url", image_url: `data:;base64,${base64(png())}` }],
      },
      { role: "user", content: "a" },
    ],
    "messages[0].content[0].type",
    null,
  ],
  [
    "a result without its call's id",
    [
      { role: "user", content: "a" },
      { role: "tool", content: "b" },
    ],
    "messages[1].tool_call_id",
    null,
  ],
  [
    "a call of a custom tool",
    [
      { role: "user", content: "a" },
      { role: "assistant", tool_calls: [{ id: "c", type: "custom", custom: { name: "a" } }] },
    ],
    "messages[1].tool_calls[0].type",
    null,
  ],
];

for (const [what, messages, param, code] of refusedMessages) {
  Deno.test(`readCall() refuses ${what}`, () => {
    expect(refusalOf({ messages })).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      param,
      code,
    });
  });
}

Deno.test("readCall() refuses images that are too large together", () => {
  const large = `data:image/png;base64,${base64(png({ bytes: 6_000_000 }))}`;
  const part = { type: "image_url", image_url: { url: large } };
  expect(ask({ messages: [{ role: "user", content: [part, part] }] }).question.question.blocks)
    .toHaveLength(2);
  expect(refusalOf({ messages: [{ role: "user", content: [part, part, part, part] }] }))
    .toMatchObject({ status: 413, code: "request_too_large" });
});
