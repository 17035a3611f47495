/**
 * The upstream of everything that is measured: plays recorded answers of the Bedrock stand-in, and
 * checks nothing.
 */
import type { RecordedAnswers } from "./recorded_answers.ts";

const recorded: RecordedAnswers = JSON.parse(Deno.env.get("RECORDED_ANSWERS") ?? "{}");
const answers = new Map(
  Object.entries(recorded).map(([operation, { contentType, parts }]) => [
    operation,
    { contentType, parts: parts.map((part) => Uint8Array.fromBase64(part)) },
  ]),
);

Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), onListen() {} },
  async (request) => {
    const operation = request.url.slice(request.url.lastIndexOf("/") + 1);
    const body = await request.text();
    const kind = body.includes('"toolConfig"') ? " tools" : "";
    const answer = answers.get(`${operation}${kind}`);
    if (answer === undefined) return new Response(`No answer to ${operation}.`, { status: 404 });
    const { contentType, parts } = answer;
    return new Response(parts.length === 1 ? parts[0]! : framesOneByOne(parts), {
      headers: { "content-type": contentType, "x-amzn-requestid": crypto.randomUUID() },
    });
  },
);

function framesOneByOne(frames: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const frame = frames[next++];
      if (frame === undefined) controller.close();
      else controller.enqueue(frame);
    },
  });
}
