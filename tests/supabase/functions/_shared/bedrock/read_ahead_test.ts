import { expect } from "@std/expect";
import { ReadAhead } from "../../../../../supabase/functions/_shared/bedrock/read_ahead.ts";

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
