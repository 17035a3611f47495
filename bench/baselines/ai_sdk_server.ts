/** The same with the AI SDK and its provider for Bedrock. */
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { generateText, streamText } from "ai";

const bedrock = createAmazonBedrock({
  region: "eu-central-1",
  accessKeyId: "bench",
  secretAccessKey: "bench",
  baseURL: Deno.env.get("UPSTREAM_URL") ?? "",
});
const encoder = new TextEncoder();

Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), onListen() {} },
  async (request) => {
    const { model, message, stream } = await request.json();
    const call = { model: bedrock(model), prompt: message, maxOutputTokens: 512 };
    if (!stream) {
      const { text, usage } = await generateText(call);
      return Response.json({ text, usage });
    }
    const { textStream } = streamText(call);
    const events = async function* () {
      for await (const text of textStream) {
        yield encoder.encode(`data: ${JSON.stringify({ text })}\n\n`);
      }
      yield encoder.encode("data: [DONE]\n\n");
    };
    return new Response(ReadableStream.from(events()), {
      headers: { "content-type": "text/event-stream" },
    });
  },
);
