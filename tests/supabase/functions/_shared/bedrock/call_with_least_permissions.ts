/**
 * Run by bedrock_client_test.ts in a process of its own, with network and environment permission
 * only: calls Bedrock at AWS_ENDPOINT_URL_BEDROCK_RUNTIME in all four ways, and prints as JSON what
 * came back and which files of the AWS configuration anything tried to read.
 */
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import process from "node:process";
import { textsOf } from "../texts_of.ts";

const filesTried: string[] = [];

/** The SDK swallows a refused permission, so an attempt is seen only by standing in between. */
function watch(functions: Record<string, unknown>): void {
  for (const [name, original] of Object.entries(functions)) {
    if (typeof original !== "function" || /^[A-Z]/.test(name)) continue;
    functions[name] = (...args: unknown[]) => {
      if (String(args[0]).includes(".aws")) filesTried.push(`${name} ${args[0]}`);
      return original.apply(functions, args);
    };
  }
}

watch(fs as unknown as Record<string, unknown>);
watch(fsPromises as unknown as Record<string, unknown>);

// Only now, so that the SDK finds the watched functions.
const { createBedrockClients } = await import(
  "../../../../../supabase/functions/_shared/bedrock/bedrock_client.ts"
);
const { readBedrockConfig } = await import(
  "../../../../../supabase/functions/_shared/bedrock/bedrock_config.ts"
);
const { invokeModel } = await import(
  "../../../../../supabase/functions/_shared/bedrock/invoke_model.ts"
);
const { streamModel } = await import(
  "../../../../../supabase/functions/_shared/bedrock/stream_model.ts"
);
const { modelRequest } = await import("../formats/model_request.ts");
const { modelRow } = await import("../model_row.ts");

const clients = createBedrockClients(
  () => readBedrockConfig((name: string) => process.env[name]),
  fetch,
);
const answers: unknown[] = [];
for (const format of ["nova", "converse"] as const) {
  const call = await invokeModel({
    client: clients.forRegion(null),
    request: modelRequest({ model: modelRow({ format }) }),
    limits: { firstByteMs: 10_000, totalMs: 10_000 },
    now: () => performance.now(),
  });
  answers.push(call.answer.blocks);
  const stream = await streamModel({
    client: clients.forRegion(null),
    request: modelRequest({ model: modelRow({ format }) }),
    limits: { firstEventMs: 10_000, idleMs: 10_000, composingIdleMs: 10_000, totalMs: 10_000 },
    now: () => performance.now(),
  });
  let streamed = "";
  for await (const text of textsOf(stream)) streamed += text;
  answers.push(streamed);
}
console.log(JSON.stringify({ answers, filesTried }));
