/**
 * Baseline: a minimal server on the AWS SDK, without users, selection or records. With the variable
 * `SDK_OVER_FETCH` the SDK sends by `fetch`; its own HTTP/2 takes a stream that pauses for one that
 * has ended, on Deno 2.9.6.
 */
import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";

const endpoint = Deno.env.get("UPSTREAM_URL") ?? "";
const client = new BedrockRuntimeClient({
  region: "eu-central-1",
  endpoint,
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  ...(Deno.env.has("SDK_OVER_FETCH") && { requestHandler: new FetchHttpHandler() }),
});
const decoder = new TextDecoder();
const encoder = new TextEncoder();

Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), onListen() {} },
  async (request) => {
    const { model, message, stream, toolConfig } = await request.json();
    const input = {
      modelId: model,
      contentType: "application/json",
      accept: "application/json",
      body: JSON.stringify({
        schemaVersion: "messages-v1",
        messages: [{ role: "user", content: [{ text: message }] }],
        inferenceConfig: { maxTokens: 512 },
        ...(toolConfig && { toolConfig }),
      }),
    };
    if (stream) return await streamAnswer(input);
    const { body } = await client.send(new InvokeModelCommand(input));
    const { output, usage } = JSON.parse(decoder.decode(body));
    return Response.json({ content: output.message.content, usage });
  },
);

async function streamAnswer(
  input: ConstructorParameters<typeof InvokeModelWithResponseStreamCommand>[0],
): Promise<Response> {
  const { body } = await client.send(new InvokeModelWithResponseStreamCommand(input));
  const events = async function* () {
    for await (const { chunk } of body ?? []) {
      if (chunk?.bytes === undefined) continue;
      const { contentBlockDelta, contentBlockStart } = JSON.parse(decoder.decode(chunk.bytes));
      const delta = contentBlockDelta?.delta ?? contentBlockStart?.start;
      if (delta !== undefined) yield encoder.encode(`data: ${JSON.stringify(delta)}\n\n`);
    }
    yield encoder.encode("data: [DONE]\n\n");
  };
  return new Response(ReadableStream.from(events()), {
    headers: { "content-type": "text/event-stream" },
  });
}
