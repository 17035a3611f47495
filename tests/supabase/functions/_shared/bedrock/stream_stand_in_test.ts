/** Streamed calls against the stand-in: what the formats write, and every fault it can be told. */
import "./node_crc32.ts";
import { expect } from "@std/expect";
import { createBedrockClients } from "../../../../../supabase/functions/_shared/bedrock/bedrock_client.ts";
import { invokeModel } from "../../../../../supabase/functions/_shared/bedrock/invoke_model.ts";
import type { StreamLimits } from "../../../../../supabase/functions/_shared/bedrock/model_stream.ts";
import { streamModel } from "../../../../../supabase/functions/_shared/bedrock/stream_model.ts";
import {
  AppError,
  type ErrorCode,
} from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRequest, systemPrompt } from "../formats/model_request.ts";
import { modelRow } from "../model_row.ts";
import { type StandIn, standInCredentials, withStandIn } from "./stand_in.ts";
import { textsOf } from "../texts_of.ts";

const models = [
  modelRow({ model_id: "eu.amazon.nova-lite-v1:0", format: "nova" }),
  // Not one of those that think before they write: the tests count on text in the third frame.
  modelRow({ model_id: "eu.anthropic.claude-haiku-4-5-20251001-v1:0", format: "claude" }),
  modelRow({ model_id: "eu.amazon.nova-pro-v1:0", format: "converse" }),
  modelRow({ model_id: "openai.gpt-oss-20b-1:0", format: "converse" }),
];

function optionsFor({ url }: StandIn, model: Model) {
  const auth = { kind: "key-pair", ...standInCredentials, sessionToken: null } as const;
  const config = { region: "eu-central-1", endpoint: url, auth };
  return {
    client: createBedrockClients(() => config, fetch).forRegion(null),
    request: modelRequest({ model, system: systemPrompt("You are brief.") }),
    now: () => performance.now(),
  };
}

function stream(standIn: StandIn, model: Model, limits: Partial<StreamLimits> = {}) {
  return streamModel({
    ...optionsFor(standIn, model),
    limits: {
      firstEventMs: 10_000,
      idleMs: 10_000,
      composingIdleMs: 10_000,
      totalMs: 20_000,
      ...limits,
    },
  });
}

/** Reads a streamed answer; the code of the error that ended it, or null after a proper end. */
async function outcomeOf(standIn: StandIn, model: Model, limits?: Partial<StreamLimits>) {
  let text = "";
  try {
    const streamed = await stream(standIn, model, limits);
    for await (const part of textsOf(streamed)) text += part;
    return { text, code: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { text, code: error.code };
  }
}

Deno.test("a streamed answer is the answer that a plain call gives, from every kind of model", async () => {
  await withStandIn(async (standIn) => {
    const usage = { inputTokens: 5, outputTokens: 6, cacheReadTokens: 700, cacheWriteTokens: 80 };
    const content = [
      { type: "thinking", text: "Hm 😀 ".repeat(9), signature: "c2lnbmVk" },
      { type: "redacted_thinking", data: "cmVkYWN0ZWQ=" },
      { type: "text", text: "Grüße, 日本語. ".repeat(9) },
      { type: "text", text: " 👩‍⚕️ And more." },
      { type: "tool_use", id: "tooluse_1", name: "find_bed", input: { ward: "B", near: ["é"] } },
    ];
    for (const model of models) {
      for (const bytes of [1, 7, 100_000]) {
        for (let call = 0; call < 2; call++) {
          await standIn.control.scriptAnswer({ content, usage });
        }
        const options = optionsFor(standIn, model);
        const limits = { firstByteMs: 10_000, totalMs: 10_000 };
        const plain = await invokeModel({ ...options, limits });
        await standIn.control.addFaultRule({ kind: "fragment", bytes });
        const streamed = await stream(standIn, model);
        let text = "";
        for await (const part of textsOf(streamed)) text += part;
        expect(streamed.answer()).toEqual(plain.answer);
        expect(text).toBe(textOf(plain.answer.blocks));
      }
    }
  });
});

Deno.test("every fault of a stream ends it with a code of its own, in every format", async () => {
  const cases: readonly (readonly [{ kind: string; [key: string]: unknown }, ErrorCode])[] = [
    [{ kind: "error", exception: "ThrottlingException" }, "bedrock_throttled"],
    [{ kind: "raw", status: 200, body: "<html>Sign in</html>" }, "bedrock_bad_response"],
    [{ kind: "raw", status: 502, body: "<html>Bad gateway</html>" }, "bedrock_unavailable"],
    [{ kind: "cut", afterFrames: 0 }, "bedrock_stream_truncated"],
    [{ kind: "cut", afterFrames: 3 }, "bedrock_stream_truncated"],
    [{ kind: "cut", afterBytes: 700 }, "bedrock_stream_truncated"],
    [{ kind: "bad-checksum", atFrame: 0 }, "bedrock_stream_corrupt"],
    [{ kind: "bad-checksum", atFrame: 3 }, "bedrock_stream_corrupt"],
    [{ kind: "unknown-frame", atFrame: 0 }, "bedrock_unknown_frame"],
    [{ kind: "unknown-frame", atFrame: 3 }, "bedrock_unknown_frame"],
    [{ kind: "error-frame", atFrame: 3, code: "Strange", message: "?" }, "bedrock_unknown_frame"],
    ...([
      ["ThrottlingException", "bedrock_throttled"],
      ["ModelStreamErrorException", "bedrock_model_error"],
      ["InternalServerException", "bedrock_unavailable"],
      ["ServiceUnavailableException", "bedrock_unavailable"],
      ["ValidationException", "bedrock_model_unavailable"],
    ] as const).flatMap(([exception, code]) =>
      [0, 3].map((atFrame) => [{ kind: "exception-frame", exception, atFrame }, code] as const)
    ),
  ];
  await withStandIn(async (standIn) => {
    for (const model of models.slice(0, 3)) {
      for (const [fault, code] of cases) {
        await standIn.control.addFaultRule(fault);
        const outcome = await outcomeOf(standIn, model);
        expect({ fault, code: outcome.code }).toEqual({ fault, code });
        if (fault["atFrame"] === 3 || fault["afterFrames"] === 3) {
          expect(outcome.text).not.toBe("");
        }
      }
      expect((await outcomeOf(standIn, model)).code).toBe(null);
    }
  });
});

Deno.test("a connection that is reset ends a stream with an error, in every format", async () => {
  await withStandIn(async (standIn) => {
    for (const model of models.slice(0, 3)) {
      for (const afterFrames of [0, 3]) {
        await standIn.control.addFaultRule({ kind: "cut", afterFrames, how: "reset" });
        const { code } = await outcomeOf(standIn, model);
        // A reset may overtake the bytes before it, so what has come differs from run to run.
        expect(["bedrock_unavailable", "bedrock_stream_truncated"]).toContain(code);
      }
    }
  });
});

Deno.test("the limits end a stream that is late, silent or endless", async () => {
  await withStandIn(async (standIn) => {
    for (const model of models.slice(0, 3)) {
      await standIn.control.addFaultRule({ kind: "hang" });
      expect((await outcomeOf(standIn, model, { firstEventMs: 200 })).code)
        .toBe("bedrock_timeout");
      await standIn.control.addFaultRule({ kind: "frame-latency", ms: 3_000 });
      expect((await outcomeOf(standIn, model, { idleMs: 200 })).code).toBe("bedrock_timeout");
      await standIn.control.addFaultRule({ kind: "frame-latency", ms: 400 });
      const slow = await outcomeOf(standIn, model, { totalMs: 2_400 });
      expect(slow.code).toBe("bedrock_timeout");
      expect(slow.text).not.toBe("");
    }
  });
});

Deno.test("the stand-in sees that a stream was closed", async () => {
  await withStandIn(async (standIn) => {
    for (const model of models.slice(0, 3)) {
      await standIn.control.clearRequests();
      await standIn.control.addFaultRule({ kind: "frame-latency", ms: 300 });
      const { events, close, partial } = await stream(standIn, model);
      const reading = textsOf({ events });
      const first = await reading.next();
      close();
      const closedAt = performance.now();
      while (!JSON.stringify(await standIn.control.requests()).includes('"finished":true')) {
        if (performance.now() - closedAt > 20_000) throw new Error("The stand-in did not notice.");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const [entry] = await standIn.control.requests();
      expect(entry).toMatchObject({ clientDisconnected: true });
      expect(textOf(partial().blocks)).toBe(first.value);
    }
  });
});
