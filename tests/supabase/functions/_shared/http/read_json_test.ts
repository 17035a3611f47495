import { expect } from "@std/expect";
import { z } from "zod";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import {
  maxBodyBytes,
  readJson,
} from "../../../../../supabase/functions/_shared/http/read_json.ts";

const schema = z.strictObject({ text: z.string() });

function post(body: BodyInit): Request {
  return new Request("https://functions.example.com/chat", { method: "POST", body });
}

async function refusal(body: BodyInit): Promise<AppError> {
  const error = await readJson(post(body), schema).then(() => null, (error) => error);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

Deno.test("readJson() returns what the schema makes of the body", async () => {
  expect(await readJson(post('{"text":"grüß 👋"}'), schema)).toEqual({ text: "grüß 👋" });
});

Deno.test("readJson() refuses what is not JSON in UTF-8, without repeating it", async () => {
  const bodies: BodyInit[] = ["", "private words", '{"text":', new Uint8Array([0x22, 0xff, 0x22])];
  for (const body of bodies) {
    const error = await refusal(body);
    expect(error.code).toBe("invalid_json");
    expect(error.message).not.toContain("private");
  }
});

Deno.test("readJson() names the field that is wrong", async () => {
  const table: [string, RegExp][] = [
    ["[]", /object/],
    ["null", /object/],
    ['{"text":1}', /text: .*string/],
    ['{"text":"a","more":1}', /more/],
  ];
  for (const [body, message] of table) {
    const error = await refusal(body);
    expect(error.code).toBe("invalid_request");
    expect(error.message).toMatch(message);
  }
});

Deno.test("readJson() names unknown fields briefly, since their names may be somebody's words", async () => {
  const named = await refusal(`{"text":"a","b":1,"${"private words ".repeat(9)}":2}`);
  expect(named.message).toBe(
    'The request is not valid. Unknown fields: "b", "private words private wo…"',
  );
  const many = Object.fromEntries(Array.from({ length: 9000 }, (_, n) => [`k${n}`, n]));
  const counted = await refusal(JSON.stringify({ text: "a", ...many }));
  expect(counted.message).toBe(
    'The request is not valid. Unknown fields: "k0", "k1", "k2", "k3", "k4" and 8995 more',
  );
});

Deno.test("readJson() leaves what a caller wrote out of the words for the log", async () => {
  const { logged } = await refusal('{"text":1,"private words":1,"b":2}');
  expect(logged).toBe(
    "The request is not valid. text: Invalid input: expected string, received number; " +
      "Unknown fields: 2",
  );
});

Deno.test("readJson() stops reading a body that is too large, declared or not", async () => {
  expect((await refusal("x".repeat(maxBodyBytes + 1))).code).toBe("body_too_large");
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536));
    },
  });
  expect((await refusal(endless)).code).toBe("body_too_large");
  expect(sent).toBeLessThan(4 * maxBodyBytes);
});

Deno.test("readJson() tells a caller who goes away in the middle of the body from a fault", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"text":'));
    },
    pull(controller) {
      controller.error(new Error("the connection was reset"));
    },
  });
  expect((await refusal(broken)).code).toBe("client_disconnected");
});
