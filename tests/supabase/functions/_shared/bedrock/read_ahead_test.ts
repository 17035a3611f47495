import { expect } from "@std/expect";
import { setImmediate } from "node:timers";
import { ReadAhead } from "../../../../../supabase/functions/_shared/bedrock/read_ahead.ts";

/** The next turn of the event loop, which is sooner than any timer. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(() => resolve()));

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A response of `parts`, and then the end or an error; counts what was read of it. */
function responseOf(parts: readonly Uint8Array[], error?: Error) {
  const response = {
    reads: 0,
    read(): Promise<Uint8Array | null> {
      const part = parts[response.reads++];
      if (part !== undefined) return Promise.resolve(part);
      return error === undefined ? Promise.resolve(null) : Promise.reject(error);
    },
  };
  return response;
}

Deno.test("ReadAhead gives at once what came meanwhile, then the end", async () => {
  const ahead = new ReadAhead(responseOf([Uint8Array.of(1), Uint8Array.of(2)]));
  await settle();
  expect(await ahead.take()).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  expect(await ahead.take()).toBe(null);
  expect(await ahead.take()).toBe(null);
});

Deno.test("ReadAhead waits for what has not come", async () => {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
  const ahead = new ReadAhead({ read: () => promise });
  const taken = ahead.take();
  resolve(null);
  expect(await taken).toBe(null);
});

Deno.test("ReadAhead tells of an error only after all that came before it", async () => {
  const broken = new Error("The connection broke.");
  const ahead = new ReadAhead(responseOf([Uint8Array.of(1)], broken));
  await settle();
  expect(await ahead.take()).toEqual([Uint8Array.of(1)]);
  await expect(ahead.take()).rejects.toBe(broken);
});

Deno.test("ReadAhead reads no further than some 64 KiB ahead", async () => {
  const part = new Uint8Array(30_000);
  const response = responseOf(Array.from({ length: 10 }, () => part));
  const ahead = new ReadAhead(response);
  await settle();
  expect(response.reads).toBe(3);
  expect(await ahead.take()).toHaveLength(3);
  await settle();
  expect(response.reads).toBe(6);
  let taken = 3;
  for (let parts = await ahead.take(); parts !== null; parts = await ahead.take()) {
    taken += parts.length;
    await settle();
  }
  expect(taken).toBe(10);
});

Deno.test("ReadAhead collects what comes in a burst, and gives it at its end", async () => {
  let read = 0;
  const ahead = new ReadAhead({
    // One after the other, as the network gives what has come at once.
    read: () => nextTurn().then(() => read < 20 ? Uint8Array.of(read++) : null),
  });
  const sizes: number[] = [];
  for (let parts = await ahead.take(true); parts !== null; parts = await ahead.take(true)) {
    sizes.push(parts.length);
  }
  expect(sizes.reduce((sum, size) => sum + size)).toBe(20);
  expect(sizes[0]).toBeGreaterThan(1);
});

Deno.test("ReadAhead gives at once a part that comes alone, when it has seen how long bursts take", async () => {
  const parts = [Promise.withResolvers<Uint8Array>(), Promise.withResolvers<Uint8Array>()];
  let read = 0;
  const ahead = new ReadAhead({ read: () => parts[read++]?.promise ?? new Promise(() => {}) });
  const since = performance.now();
  parts[0]?.resolve(Uint8Array.of(1));
  expect(await ahead.take(true)).toEqual([Uint8Array.of(1)]);
  const waitedMs = performance.now() - since;
  await new Promise((resolve) => setTimeout(resolve, 3 * waitedMs));
  let taken: readonly Uint8Array[] | null = null;
  void ahead.take(true).then((parts) => taken = parts);
  parts[1]?.resolve(Uint8Array.of(2));
  await nextTurn();
  expect(taken).toEqual([Uint8Array.of(2)]);
});

Deno.test("ReadAhead soon holds up no part of a stream of single ones, however fast they come", async () => {
  let next = Promise.withResolvers<Uint8Array>();
  const ahead = new ReadAhead({ read: () => next.promise });
  let heldUp = 0;
  for (let at = 0; at < 20; at++) {
    let isTaken = false;
    const taken = ahead.take(true).then(() => isTaken = true);
    const { resolve } = next;
    next = Promise.withResolvers();
    resolve(Uint8Array.of(at));
    await nextTurn();
    if (!isTaken) heldUp++;
    await taken;
  }
  expect(heldUp).toBeGreaterThan(0);
  expect(heldUp).toBeLessThan(4);
});

Deno.test("ReadAhead does not collect beyond some 64 KiB", async () => {
  const part = new Uint8Array(70_000);
  let read = 0;
  const ahead = new ReadAhead({
    read: () => read++ === 0 ? Promise.resolve(part) : new Promise(() => {}),
  });
  let taken: readonly Uint8Array[] | null = null;
  void ahead.take(true).then((parts) => taken = parts);
  await nextTurn();
  expect(taken).toHaveLength(1);
});
