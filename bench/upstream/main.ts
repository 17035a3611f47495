/**
 * The upstream of everything that is measured: plays recorded answers of the Bedrock stand-in, and
 * checks nothing.
 */
import { converseFrame, invokeFrame, PacedStreams } from "./paced_streams.ts";
import { pacedQuestion, type RecordedAnswers } from "./recorded_answers.ts";

const recorded: RecordedAnswers = JSON.parse(Deno.env.get("RECORDED_ANSWERS") ?? "{}");
const answers = new Map(
  Object.entries(recorded).map(([operation, { contentType, parts }]) => [
    operation,
    { contentType, parts: parts.map((part) => Uint8Array.fromBase64(part)) },
  ]),
);
const paced = new Map<string, PacedStreams>();
for (
  const [operation, frameOf] of [
    ["invoke-with-response-stream", invokeFrame],
    ["converse-stream", converseFrame],
  ] as const
) {
  const parts = answers.get(operation)?.parts ?? [];
  // The role before the text; the end of the block, of the message and the usage after it.
  const surroundings = { beginning: parts.slice(0, 1), end: parts.slice(-3) };
  paced.set(operation, new PacedStreams(frameOf, surroundings));
}

Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), onListen() {} },
  async (request) => {
    const operation = request.url.slice(request.url.lastIndexOf("/") + 1);
    const body = await request.text();
    const kind = body.includes('"toolConfig"') ? " tools" : "";
    const answer = answers.get(`${operation}${kind}`);
    if (answer === undefined) return new Response(`No answer to ${operation}.`, { status: 404 });
    const headers = {
      "content-type": answer.contentType,
      "x-amzn-requestid": crypto.randomUUID(),
    };
    if (body.includes(pacedQuestion)) {
      return new Response(paced.get(operation)?.stream() ?? null, { headers });
    }
    const { parts } = answer;
    return new Response(parts.length === 1 ? parts[0]! : framesOneByOne(parts), { headers });
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
