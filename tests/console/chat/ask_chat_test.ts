import { expect } from "@std/expect";
import { FunctionsClient } from "../../../console/src/api/functions_client.ts";
import { askChat } from "../../../console/src/chat/ask_chat.ts";

function functionsThatSend(...texts: string[]): FunctionsClient {
  return functionsThatSendBytes(texts.map((text) => new TextEncoder().encode(text)));
}

function functionsThatSendBytes(bytes: readonly Uint8Array[]): FunctionsClient {
  return new FunctionsClient({
    supabaseUrl: "https://project.example",
    publishableKey: "k",
    token: () => Promise.resolve("token"),
    onRejected: () => {},
    fetch: () => Promise.resolve(new Response(ReadableStream.from(bytes))),
  });
}

const request = { message: "Hello", request_id: "r" };
const delta = 'event: text-delta\ndata: {"text":"Hi"}\n\n';
const ask = (functions: FunctionsClient) =>
  Array.fromAsync(askChat(functions, request, new AbortController().signal));

Deno.test("askChat() ends with the stream's end, and skips events that it does not know", async () => {
  const done = 'event: done\ndata: {"x":1}\n\n';
  const functions = functionsThatSend(delta, "event: later\ndata: {}\n\n", done, delta);
  expect((await ask(functions)).map(({ type }) => type)).toEqual(["text-delta", "done"]);
});

Deno.test("askChat() takes a stream without an end for broken", async () => {
  await expect(ask(functionsThatSend(delta))).rejects.toMatchObject({ code: "stream_broken" });
});

Deno.test("askChat() reads characters of several bytes that are cut anywhere", async () => {
  const text = "Grüße 以上 𝛀 ✓";
  const stream = new TextEncoder().encode(
    `event: text-delta\ndata: {"text":"${text}"}\n\nevent: done\ndata: {}\n\n`,
  );
  for (let cut = 1; cut < stream.length; cut++) {
    const functions = functionsThatSendBytes([stream.slice(0, cut), stream.slice(cut)]);
    const [first, last] = await ask(functions);
    expect([cut, first?.data, last?.type]).toEqual([cut, { text }, "done"]);
  }
});
