import { expect } from "@std/expect";
import { boundedBody } from "../../../../../supabase/functions/_shared/bedrock/bounded_body.ts";

const chunk = new Uint8Array(10);

/** A body of so many chunks that then stays silent or ends, and tells whether it was cancelled. */
function source(chunks: number, end: boolean) {
  const state = { cancelled: false };
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ < chunks) return controller.enqueue(chunk);
      if (end) return controller.close();
      return new Promise(() => {});
    },
    cancel() {
      state.cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, state };
}

function bounds(maxBytes = 100) {
  const controller = new AbortController();
  const state = { tooLarge: 0 };
  const options = {
    signal: controller.signal,
    maxBytes,
    onTooLarge: () => {
      state.tooLarge += 1;
      controller.abort();
    },
  };
  return { controller, state, options };
}

Deno.test("boundedBody() passes a body on as it is, up to the very limit", async () => {
  const { options, state } = bounds(30);
  const read = await new Response(boundedBody(source(3, true).body, options))
    .arrayBuffer();
  expect(read.byteLength).toBe(30);
  expect(state.tooLarge).toBe(0);
});

Deno.test("boundedBody() gives up a body that is larger, once, and cancels it", async () => {
  const { options, state } = bounds(29);
  const { body, state: origin } = source(1000, true);
  await expect(new Response(boundedBody(body, options)).arrayBuffer()).rejects
    .toThrow("given up");
  expect(state.tooLarge).toBe(1);
  expect(origin.cancelled).toBe(true);
});

Deno.test("boundedBody() ends a read that waits for bytes when the call is given up", async () => {
  const { options, controller } = bounds();
  const { body, state } = source(1, false);
  const reader = boundedBody(body, options).getReader();
  await reader.read();
  const waiting = reader.read();
  controller.abort();
  await expect(waiting).rejects.toThrow("given up");
  expect(state.cancelled).toBe(true);
});

Deno.test("boundedBody() passes nothing on when the call was given up before", async () => {
  const { options, controller } = bounds();
  controller.abort();
  const { body, state } = source(1, true);
  await expect(boundedBody(body, options).getReader().read()).rejects.toThrow(
    "given up",
  );
  expect(state.cancelled).toBe(true);
});

Deno.test("boundedBody() passes on the body's own error", async () => {
  const broken = new ReadableStream<Uint8Array>({
    pull() {
      throw new TypeError("connection reset");
    },
  });
  await expect(boundedBody(broken, bounds().options).getReader().read())
    .rejects.toThrow("connection reset");
});

Deno.test("boundedBody() cancels the body when its reader wants no more", async () => {
  const { body, state } = source(1, false);
  await boundedBody(body, bounds().options).cancel();
  expect(state.cancelled).toBe(true);
});
