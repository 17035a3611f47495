/**
 * `deno task bench:content`: memory and processor time of turns with five large images, for each
 * format, against the hosted limits.
 */
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { startFunction } from "../../local/functions/start_function.ts";
import { memoryOf, processorTime } from "../processes/figures.ts";
import { type RunningStack, startBenchStack } from "../processes/running_stack.ts";
import { median } from "../stats.ts";
import { signUpUsers } from "../users.ts";

const usage = `Usage: deno task bench:content [--heap=MB]

Sends turns with five images of 3.59 MB each to processes of chat of their own, one for each format,
with the embedded stack and the stand-in, and prints the processor time of a turn with its uploads,
the most memory of the isolate, and that of the process: before, until the end of the first turn,
and of all. Reads /proc, so it needs Linux.

  --heap=MB  the most heap that V8 may use; it ends a process that needs more. Default: V8's own

Environment:
  SWITCHBOARD_FUNCTIONS_DENO  another Deno for chat, such as 2.1.4, the hosted version`;

// The largest of which five fit into a body.
const imageBytes = 3_590_000;
const images = 5;
/** Turns that are measured of each format, each in a conversation of its own, after one of text. */
const turns = 3;
/** Milliseconds after an answer within which the images of its question are stored. */
const uploadMs = 1000;

/** A model for each format; Nova Lite is spoken to in two of them. */
const models = {
  nova: { modelId: "eu.amazon.nova-lite-v1:0", format: "nova" },
  claude: { modelId: "eu.anthropic.claude-sonnet-5-5", format: "claude" },
  converse: { modelId: "eu.amazon.nova-lite-v1:0", format: "converse" },
} as const;

const [argument, ...others] = Deno.args;
const heap = /^--heap=(\d+)$/.exec(argument ?? "")?.[1];
if (others.length > 0 || (argument !== undefined && heap === undefined)) {
  console.log(usage);
  Deno.exit(argument === "--help" ? 0 : 2);
}

const stack = await startBenchStack();
try {
  const [user] = await signUpUsers(stack, 1);
  const token = user?.token ?? "";
  console.log(
    "format    CPU of a turn   isolate at most   process before   one turn   three   answers",
  );
  for (const [name, { modelId, format }] of Object.entries(models)) {
    await stack.sql`update bedrock_models set format = ${format} where model_id = ${modelId}`;
    await stack.sql`update ai_assistants set model_version = ${modelId}
      where assistant_type = 'health'`;
    console.log(row(name, await measureTurns(stack, token)));
  }
} finally {
  await stack.stop();
}

interface Figures {
  /** Milliseconds, the median of the turns. */
  readonly cpu: number;
  /** Bytes of the isolate, at most, in a turn with images. */
  readonly isolate: number;
  /** Bytes of the process: resident before the first turn with images, and the most after each. */
  readonly before: number;
  readonly peaks: readonly number[];
  readonly statuses: readonly number[];
}

async function measureTurns(stack: RunningStack, token: string): Promise<Figures> {
  const deno = Deno.env.get("SWITCHBOARD_FUNCTIONS_DENO");
  const chat = await startFunction({
    name: "chat",
    env: stack.functionsEnv,
    entry: fileURLToPath(new URL("measured_chat.ts", import.meta.url)),
    ...(heap !== undefined && { v8Flags: `--max-old-space-size=${heap}` }),
    ...(deno !== undefined && { deno }),
  });
  const { pid } = chat.process;
  const send = async (body: string) => {
    const response = await fetch(chat.url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body,
    });
    await response.body?.cancel();
    return response.status;
  };
  try {
    await send(JSON.stringify({ message: "Hello" }));
    const isolateMemory = async () => await (await fetch(new URL("/memory", chat.url))).json();
    const before = memoryOf(pid).now;
    await isolateMemory();
    const times: number[] = [];
    const peaks: number[] = [];
    const statuses: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const body = JSON.stringify({ content: contentOf(turn) });
      const start = processorTime(pid);
      statuses.push(await send(body));
      await new Promise((resolve) => setTimeout(resolve, uploadMs));
      times.push((processorTime(pid) - start) / 1e6);
      peaks.push(memoryOf(pid).peak);
    }
    const isolate = await isolateMemory();
    return { cpu: median(times), isolate, before, peaks, statuses };
  } finally {
    await chat.stop();
  }
}

function contentOf(turn: number): object[] {
  const text = { type: "text", text: "What do these show?" };
  return [
    text,
    ...Array.from({ length: images }, (_, n) => ({
      type: "image",
      source: { type: "base64", media_type: "image/png", data: pngOf(turn * images + n) },
    })),
  ];
}

/** A PNG of one pixel with a long comment. */
function pngOf(seed: number): string {
  const bytes = Buffer.alloc(imageBytes, seed + 1);
  const head = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de";
  bytes.write(head, "hex");
  bytes.writeUInt32BE(imageBytes - 33 - 12 - 12, 33);
  bytes.write("tEXt", 37, "latin1");
  bytes.write("0000000049454e44ae426082", imageBytes - 12, "hex");
  return bytes.toString("base64");
}

function row(name: string, { cpu, isolate, before, peaks, statuses }: Figures): string {
  const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  return [
    name.padEnd(9),
    `${Math.round(cpu)} ms`.padStart(13),
    mb(isolate).padStart(17),
    mb(before).padStart(16),
    mb(peaks.at(0) ?? 0).padStart(10),
    mb(peaks.at(-1) ?? 0).padStart(7),
    `  ${statuses.join(" ")}`,
  ].join(" ");
}
