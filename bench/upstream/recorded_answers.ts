import { startBedrockStandIn } from "../../stand-in/server.ts";

/** An answer of the stand-in, byte by byte. */
export interface RecordedAnswer {
  readonly contentType: string;
  /** Base64; of an event stream one for each frame, otherwise one. */
  readonly parts: readonly string[];
}

/** By the last part of the operation's path, such as `converse-stream`; with tools after a blank. */
export type RecordedAnswers = Readonly<Record<string, RecordedAnswer>>;

/** The model that the recorded answers are of. */
export const recordedModel = "eu.amazon.nova-lite-v1:0";

/** What every measured server asks. */
export const question = "Which of the two readings should I write down, the first or the last?";

/** What is asked where the model has a tool, which it calls then. */
export const questionForTool = 'Call the tool read_meter with {"meter": "the second one"}';

/** What is asked where the model writes for seconds, see paced_streams.ts. */
export const pacedQuestion = "Tell me all about readings, at the pace at which you write.";

/** The tool, as each maker's clients describe it. */
export const tool = {
  name: "read_meter",
  description: "Reads a meter of the house, and answers with its value and unit.",
  schema: {
    type: "object",
    properties: { meter: { type: "string", description: "Which meter" } },
    required: ["meter"],
  },
} as const;

/** The tool, as Bedrock's own requests describe it. */
export const toolConfig = {
  tools: [{
    toolSpec: {
      name: tool.name,
      description: tool.description,
      inputSchema: { json: tool.schema },
    },
  }],
} as const;

const bearerToken = "recorder";

/**
 * Asks the stand-in once for each operation. What is measured plays these bytes again, because the
 * stand-in checks signatures and bodies, and would be the slowest of all servers here.
 */
export async function recordAnswers(): Promise<RecordedAnswers> {
  const standIn = await startBedrockStandIn({
    accessKeyId: "-",
    secretAccessKey: "-",
    bearerToken,
  });
  try {
    const answers: Record<string, RecordedAnswer> = {};
    for (const [name, body] of Object.entries(requestBodies())) {
      const [operation = ""] = name.split(" ");
      const response = await fetch(
        `${standIn.url}/model/${encodeURIComponent(recordedModel)}/${operation}`,
        {
          method: "POST",
          headers: {
            authorization: `Bearer ${bearerToken}`,
            "content-type": "application/json",
            accept: "application/json",
          },
          body: JSON.stringify(body),
        },
      );
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (!response.ok) throw new Error(`The stand-in refused ${operation}: ${response.status}`);
      const contentType = response.headers.get("content-type") ?? "application/json";
      const parts = contentType.includes("eventstream") ? framesOf(bytes) : [bytes];
      answers[name] = { contentType, parts: parts.map((part) => part.toBase64()) };
    }
    return answers;
  } finally {
    await standIn.close();
  }
}

function requestBodies(): Record<string, unknown> {
  const inferenceConfig = { maxTokens: 512 };
  const asked = (text: string) => ({
    messages: [{ role: "user", content: [{ text }] }],
    inferenceConfig,
  });
  const kinds = { "": asked(question), " tools": { ...asked(questionForTool), toolConfig } };
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, converse]) => {
      const invoke = { schemaVersion: "messages-v1", ...converse };
      return [
        [`invoke${kind}`, invoke],
        [`invoke-with-response-stream${kind}`, invoke],
        [`converse${kind}`, converse],
        [`converse-stream${kind}`, converse],
      ];
    }),
  );
}

/** The frames of an event stream; each begins with its length. */
function framesOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += view.getUint32(at)) {
    frames.push(bytes.subarray(at, at + view.getUint32(at)));
  }
  return frames;
}
