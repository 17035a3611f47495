import { createHash } from "node:crypto";
import { until } from "../../../../support/until.ts";
import { expect } from "@std/expect";
import { invokeModel } from "../../../../../supabase/functions/_shared/bedrock/invoke_model.ts";
import type { ErrorCode } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { ReplayableMessage } from "../../../../../supabase/functions/_shared/formats/replayable.ts";
import { formats } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import { formatIds } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { fixture } from "../formats/fixture.ts";
import { modelRequest, systemPrompt, userMessage } from "../formats/model_request.ts";
import { modelRow } from "../model_row.ts";
import { clientOf, startBedrockServer } from "./bedrock_server.ts";

const requestId = "d3b07384-d9a0-4c9b-8f1e-7d2c1a0b5e6f";

function withCode(code: ErrorCode) {
  return expect.objectContaining({ code });
}

/** The reason for which `promise` is rejected. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

function answerWith(body: BodyInit, headers: Record<string, string> = {}): () => Response {
  return () => new Response(body, { headers: { "content-type": "application/json", ...headers } });
}

/** A body that sends one chunk and then nothing; `cancelled` resolves when the reader gives up. */
function stalledBody() {
  let onCancel = () => {};
  const cancelled = new Promise<void>((resolve) => onCancel = resolve);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"output":'));
    },
    cancel: () => onCancel(),
  });
  return { body, cancelled };
}

Deno.test("invokeModel() calls InvokeModel with the body of the model's format", async () => {
  await using server = startBedrockServer(
    answerWith(JSON.stringify(fixture("nova_text")), { "x-amzn-requestid": requestId }),
  );
  const call = await server.invoke({ system: systemPrompt("Be brief.") });
  expect(call.answer.stopReason).toBe("end_turn");
  expect(call.answer.usage.outputTokens).toBe(17);
  expect(call.requestId).toBe(requestId);

  expect(server.received).toHaveLength(1);
  const [{ path, headers, body }] = server.received as [typeof server.received[number]];
  expect(path).toBe("/model/eu.amazon.nova-lite-v1%3A0/invoke");
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("accept")).toBe("application/json");
  expect(JSON.parse(body)).toMatchObject({
    schemaVersion: "messages-v1",
    system: [{ text: "Be brief." }],
  });
});

Deno.test("invokeModel() speaks to Claude in Claude's format", async () => {
  await using server = startBedrockServer(answerWith(JSON.stringify(fixture("claude_thinking"))));
  const call = await server.invoke({
    model: modelRow({ model_id: "anthropic.claude-own", format: "claude" }),
  });
  expect(call.answer.usage.cacheReadTokens).toBe(2048);
  expect(JSON.parse(server.received[0]!.body).anthropic_version).toBe("bedrock-2023-05-31");
});

Deno.test("invokeModel() calls Converse, and blobs and unknown blocks come as they are", async () => {
  await using server = startBedrockServer(
    answerWith(JSON.stringify(fixture("converse_blocks")), { "x-amzn-requestid": requestId }),
  );
  const earlier: ReplayableMessage = {
    role: "assistant",
    blocks: [{ type: "redacted-thinking", data: "AQID" }, { type: "text", text: "Two" }],
  };
  const call = await server.invoke({
    model: modelRow({ model_id: "vendor.model-v1", format: "converse" }),
    system: systemPrompt("Be brief."),
    messages: [userMessage("One"), earlier, userMessage("Three")],
  });
  expect(call.requestId).toBe(requestId);
  expect(call.answer.stopReason).toBe("tool_use");
  expect(call.answer.blocks).toContainEqual({ type: "redacted-thinking", data: "cmVkYWN0ZWQ=" });
  expect(call.answer.blocks).toContainEqual({
    type: "opaque",
    kind: "hologram",
    value: { hologram: { bytes: "AAAA" } },
  });
  expect(server.received[0]!.path).toBe("/model/vendor.model-v1/converse");
  expect(JSON.parse(server.received[0]!.body)).toEqual({
    system: [{ text: "Be brief." }],
    messages: [
      { role: "user", content: [{ text: "One" }] },
      {
        role: "assistant",
        content: [{ reasoningContent: { redactedContent: "AQID" } }, { text: "Two" }],
      },
      { role: "user", content: [{ text: "Three" }] },
    ],
    inferenceConfig: { maxTokens: 512 },
  });
});

Deno.test("invokeModel() names the guardrail in the headers of InvokeModel, and asks what it did", async () => {
  await using server = startBedrockServer(answerWith(JSON.stringify(fixture("claude_text"))));
  const model = modelRow({ model_id: "anthropic.claude-own", format: "claude" });
  await server.invoke({ model, guardrail: { id: "1abcd2ef34gh", version: "3" } });
  await server.invoke({ model });
  const [guarded, open] = server.received.map(({ headers }) => [
    headers.get("x-amzn-bedrock-guardrailidentifier"),
    headers.get("x-amzn-bedrock-guardrailversion"),
    headers.get("x-amzn-bedrock-trace"),
  ]);
  expect(guarded).toEqual(["1abcd2ef34gh", "3", "ENABLED"]);
  expect(open).toEqual([null, null, null]);
});

Deno.test("invokeModel() calls Nova through Converse where Nova's own body has no place", async () => {
  await using server = startBedrockServer(answerWith(JSON.stringify(fixture("converse_cached"))));
  const { answer } = await server.invoke({ guardrail: { id: "1abcd2ef34gh", version: "3" } });
  expect(answer.usage.cacheWriteTokens).toBe(7502);
  const [{ path, headers, body }] = server.received as [typeof server.received[number]];
  expect(path).toBe("/model/eu.amazon.nova-lite-v1%3A0/converse");
  expect(headers.get("content-type")).toBe("application/json");
  expect(JSON.parse(body)).toMatchObject({
    guardrailConfig: { guardrailIdentifier: "1abcd2ef34gh" },
    messages: [{ content: [{ guardContent: { text: { text: "Hello" } } }] }],
  });
});

Deno.test("invokeModel() sends media as they are, byte for byte, in every format", async () => {
  const data = "iVBORw0KGgo" + "QUJD".repeat(50_000) + "=";
  const image = {
    type: "image",
    mediaType: "image/png",
    source: { kind: "base64", data },
  } as const;
  const messages = [{
    role: "user" as const,
    blocks: [image, { type: "text" as const, text: "é" }],
  }];
  const bodies = { nova: "nova_text", claude: "claude_text", converse: "converse_cached" };
  for (const format of formatIds) {
    await using server = startBedrockServer(answerWith(JSON.stringify(fixture(bodies[format]))));
    const request = { model: modelRow({ format }), messages };
    await server.invoke(request);
    const [{ headers, body }] = server.received as [typeof server.received[number]];
    expect(JSON.parse(body)).toEqual(formats[format].encodeRequest(modelRequest(request)));
    const bytes = new TextEncoder().encode(body);
    expect(headers.get("content-length")).toBe(String(bytes.length));
    expect(headers.get("x-amz-content-sha256"))
      .toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});

Deno.test("invokeModel() sends no body that is larger than Bedrock takes", async () => {
  const image = {
    type: "image",
    mediaType: "image/png",
    source: { kind: "base64", data: "QUJD".repeat(1_600_000) },
  } as const;
  await using server = startBedrockServer(() => new Response());
  for (const format of formatIds) {
    const messages = [{ role: "user" as const, blocks: [image, image, image, image] }];
    expect(await failure(server.invoke({ model: modelRow({ format }), messages })))
      .toEqual(withCode("input_too_long"));
  }
  expect(server.received).toHaveLength(0);
});

Deno.test("invokeModel() takes token counts from the headers only where the body has none", async () => {
  const counts = {
    "x-amzn-bedrock-input-token-count": "70",
    "x-amzn-bedrock-output-token-count": "7",
  };
  const counted = fixture("nova_text") as Record<string, unknown>;
  const { usage: _, ...uncounted } = counted;
  let body = uncounted;
  await using server = startBedrockServer(() => Response.json(body, { headers: counts }));
  expect((await server.invoke()).answer.usage).toMatchObject({ inputTokens: 70, outputTokens: 7 });
  body = counted;
  expect((await server.invoke()).answer.usage).toMatchObject({ inputTokens: 42, outputTokens: 17 });
});

Deno.test("invokeModel() measures the first byte", async () => {
  await using server = startBedrockServer(answerWith(JSON.stringify(fixture("nova_text"))));
  const ticks = [1000, 1200, 1250];
  const call = await invokeModel({
    client: server.client,
    request: modelRequest(),
    limits: { firstByteMs: 10_000, totalMs: 10_000 },
    now: () => ticks.shift()!,
  });
  expect(call.timeToFirstByteMs).toBe(200);
});

Deno.test("invokeModel() gives up a server that accepts and stays silent", async () => {
  const hang = Promise.withResolvers<Response>();
  await using server = startBedrockServer(() => hang.promise);
  const startedAt = performance.now();
  for (const limits of [{ firstByteMs: 150 }, { totalMs: 150 }]) {
    expect(await failure(server.invoke({}, { limits }))).toEqual(withCode("bedrock_timeout"));
  }
  expect(performance.now() - startedAt).toBeLessThan(5000);
  hang.resolve(new Response());
});

Deno.test("invokeModel() gives up a body that stalls, in both operations and in errors", async () => {
  for (const format of ["nova", "converse"] as const) {
    for (const status of [200, 500]) {
      const { body, cancelled } = stalledBody();
      await using server = startBedrockServer(() => new Response(body, { status }));
      const startedAt = performance.now();
      const call = server.invoke({ model: modelRow({ format }) }, { limits: { totalMs: 200 } });
      expect(await failure(call)).toEqual(withCode("bedrock_timeout"));
      expect(performance.now() - startedAt).toBeLessThan(5000);
      await cancelled;
    }
  }
});

Deno.test("invokeModel() stops with the caller's reason when the caller aborts, at any moment", async () => {
  const reason = new Error("The client has gone.");
  await expect(startBedrockServerAndAbortBefore(reason)).rejects.toBe(reason);

  const hang = Promise.withResolvers<Response>();
  await using silent = startBedrockServer(() => hang.promise);
  const waiting = new AbortController();
  const silentCall = failure(silent.invoke({}, { signal: waiting.signal }));
  setTimeout(() => waiting.abort(reason), 50);
  expect(await silentCall).toBe(reason);
  hang.resolve(new Response());

  const { body, cancelled } = stalledBody();
  await using stalled = startBedrockServer(() => new Response(body));
  const reading = new AbortController();
  const stalledCall = failure(stalled.invoke({}, { signal: reading.signal }));
  // Before the server has the request, there is no body that could be cancelled.
  await until(() => Promise.resolve(stalled.received.length > 0), "the request");
  setTimeout(() => reading.abort(reason), 100);
  expect(await stalledCall).toBe(reason);
  await cancelled;
});

async function startBedrockServerAndAbortBefore(reason: Error): Promise<void> {
  await using server = startBedrockServer(() => new Response());
  try {
    await server.invoke({}, { signal: AbortSignal.abort(reason) });
  } finally {
    expect(server.received).toHaveLength(0);
  }
}

Deno.test("invokeModel() reads no more than Bedrock's largest response", async () => {
  const megabyte = new Uint8Array(1_000_000).fill(0x20);
  let sent = 0;
  await using server = startBedrockServer(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 1;
          controller.enqueue(megabyte);
        },
      }),
    )
  );
  expect(await failure(server.invoke())).toEqual(withCode("bedrock_bad_response"));
  expect(sent).toBeLessThan(60);
});

Deno.test("invokeModel() reports an answer that cannot be read as bedrock_bad_response", async () => {
  const bodies: BodyInit[] = [
    "",
    "null",
    "<html><body>Sign in to the network</body></html>",
    '{"output":{"message":{"role":"assistant","content":[{"te',
    new Uint8Array([0x22, 0xff, 0xfe, 0x22]),
    JSON.stringify(fixture("claude_text")),
  ];
  for (const format of ["nova", "converse"] as const) {
    for (const body of bodies) {
      await using server = startBedrockServer(answerWith(body));
      expect(await failure(server.invoke({ model: modelRow({ format }) })))
        .toEqual(withCode("bedrock_bad_response"));
    }
  }
});

Deno.test("invokeModel() tells what an answer used that cannot be read", async () => {
  const headers = {
    "x-amzn-bedrock-input-token-count": "12",
    "x-amzn-bedrock-output-token-count": "34",
  };
  await using server = startBedrockServer(answerWith("<html>", headers));
  expect(await failure(server.invoke())).toMatchObject({
    code: "bedrock_bad_response",
    upstreamUsage: { inputTokens: 12, outputTokens: 34 },
  });
});

Deno.test("invokeModel() reports a connection that is refused as bedrock_unavailable", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const call = invokeModel({
    client: clientOf(`http://127.0.0.1:${port}`),
    request: modelRequest(),
    limits: { firstByteMs: 10_000, totalMs: 10_000 },
    now: () => performance.now(),
  });
  expect(await failure(call)).toMatchObject({ code: "bedrock_unavailable", unprocessed: true });
});

Deno.test("invokeModel() reports a connection that breaks off as bedrock_unavailable", async () => {
  const answers = ["", 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"output":'];
  for (const answer of answers) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      for await (const connection of listener) {
        await connection.read(new Uint8Array(65_536));
        await connection.write(new TextEncoder().encode(answer));
        connection.close();
      }
    })();
    const call = invokeModel({
      client: clientOf(`http://127.0.0.1:${listener.addr.port}`),
      request: modelRequest(),
      limits: { firstByteMs: 10_000, totalMs: 10_000 },
      now: () => performance.now(),
    });
    // The request was sent, so the model may have worked on it.
    expect(await failure(call)).toMatchObject({ code: "bedrock_unavailable", unprocessed: false });
    listener.close();
    await serving;
  }
});

Deno.test("invokeModel() leaves trying again to others", async () => {
  for (const [status, type] of [[429, "ThrottlingException"], [500, "InternalServerException"]]) {
    await using server = startBedrockServer(() =>
      Response.json({ message: "Later." }, {
        status: status as number,
        headers: { "x-amzn-errortype": type as string },
      })
    );
    await failure(server.invoke());
    expect(server.received).toHaveLength(1);
  }
});

Deno.test("invokeModel() lets the SDK sign once more where the clocks differ", async () => {
  const ahead = 2 * 3_600_000;
  for (const mends of [true, false]) {
    await using server = startBedrockServer(() =>
      server.received.length === 2 && mends ? Response.json(fixture("nova_text")) : Response.json(
        { message: "Signature expired: 20261001T000000Z is now earlier than 20261001T015500Z" },
        {
          status: 403,
          headers: {
            "x-amzn-errortype": "InvalidSignatureException",
            "date": new Date(Date.now() + ahead).toUTCString(),
          },
        },
      )
    );
    const blocks = [
      {
        type: "image",
        mediaType: "image/png",
        source: { kind: "base64", data: "QUJD".repeat(50_000) },
      } as const,
    ];
    const invoked = server.invoke({ messages: [{ role: "user", blocks }] });
    if (mends) expect((await invoked).answer.stopReason).toBe("end_turn");
    else expect(await failure(invoked)).toEqual(withCode("bedrock_credentials_rejected"));
    expect(server.received).toHaveLength(2);
    expect(server.received[1]?.body).toBe(server.received[0]?.body);
    const [first, second] = server.received.map(({ headers }) => amzDate(headers));
    expect(Math.abs(second! - first! - ahead)).toBeLessThan(120_000);
  }
});

/** The moment that a request was signed for, in milliseconds since 1970. */
function amzDate(headers: Headers): number {
  return Date.parse(
    headers.get("x-amz-date")!.replace(
      /^(....)(..)(..T..)(..)(..Z)$/,
      "$1-$2-$3:$4:$5",
    ),
  );
}
