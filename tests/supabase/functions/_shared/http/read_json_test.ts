import { expect } from "@std/expect";
import { z } from "zod";
import { serve } from "../../../../../supabase/functions/_shared/http/serve.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { maxJsonDepth } from "../../../../../supabase/functions/_shared/core/json_shape.ts";
import { maxBodyBytes } from "../../../../../supabase/functions/_shared/http/read_body.ts";
import { readJson } from "../../../../../supabase/functions/_shared/http/read_json.ts";

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

/** A body of which a part comes every so often, without an end. */
function endlessBody(part: string, everyMs: number): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setInterval>;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(new TextEncoder().encode(part)), everyMs);
    },
    cancel() {
      clearInterval(timer);
    },
  });
}

Deno.test("readJson() gives a body up that does not end in time, silent or not", async () => {
  const silent = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  for (const body of [silent, endlessBody(" ", 20)]) {
    const error = await readJson(post(body), schema, { timeoutMs: 150 }).then(
      () => null,
      (error) => error,
    );
    expect(error).toMatchObject({ code: "request_timeout", status: 408, retryable: true });
  }
});

Deno.test("readJson() waits for a large body that comes slowly", async () => {
  const text = "x".repeat(maxBodyBytes - 20);
  const json = JSON.stringify({ text });
  const size = Math.ceil(json.length / 16);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.enqueue(new TextEncoder().encode(json.slice(at, at += size)));
      if (at >= json.length) controller.close();
    },
  });
  expect(await readJson(post(body), schema)).toEqual({ text });
});

Deno.test("readJson() answers a caller over HTTP who sends half a body, and ends hundreds of them", async () => {
  const handler = serve({
    "": {
      POST: async (request) => Response.json(await readJson(request, schema, { timeoutMs: 400 })),
    },
  }, () => {});
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const sendHalf = async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    const head = "POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{";
    await connection.write(new TextEncoder().encode(head));
    const bytes = new Uint8Array(2000);
    const read = await connection.read(bytes);
    connection.close();
    return new TextDecoder().decode(bytes.subarray(0, read ?? 0));
  };
  try {
    const answers = await Promise.all(Array.from({ length: 200 }, sendHalf));
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
    }
  } finally {
    await server.shutdown();
  }
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

/** A body of so many bytes, of which one is sent at a time, with or without its length in the head. */
function largeBody(bytes: number, announced: boolean): Request {
  const body = JSON.stringify({ text: "x".repeat(bytes - 11) });
  return new Request("https://functions.example.com/chat", {
    method: "POST",
    body: announced ? body : new Blob([body]).stream(),
    headers: announced ? { "content-length": String(body.length) } : {},
  });
}

Deno.test("readJson() reads more than 512 KiB only once its caller is admitted", async () => {
  for (const announced of [true, false]) {
    let admitted = 0;
    const admit = () => {
      admitted++;
      return Promise.resolve();
    };
    const large = { maxBytes: 4 * maxBodyBytes, timeoutMs: 5000, admit };
    await readJson(largeBody(maxBodyBytes, announced), schema, { large });
    expect(admitted).toBe(0);
    const { text } = await readJson(largeBody(4 * maxBodyBytes, announced), schema, { large });
    expect([text.length, admitted]).toEqual([4 * maxBodyBytes - 11, 1]);

    const refused = new AppError("invalid_credentials");
    const stranger = { ...large, admit: () => Promise.reject(refused) };
    const asked = largeBody(4 * maxBodyBytes, announced);
    await expect(readJson(asked, schema, { large: stranger })).rejects.toBe(refused);
    await expect(readJson(largeBody(9 * maxBodyBytes, announced), schema, { large }))
      .rejects.toMatchObject({ code: "body_too_large" });
  }
});

Deno.test("readJson() refuses JSON that is too deep or has too many values, before it is parsed", async () => {
  const nested = (depth: number) => `{"text":"a","more":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  for (const body of [nested(maxJsonDepth), "[".repeat(400_000), `[${"0,".repeat(250_000)}0]`]) {
    const error = await refusal(body);
    expect([error.code, error.message]).toEqual([
      "invalid_request",
      "The request is nested deeper than 64 levels, or has more than 200000 values.",
    ]);
  }
  expect((await refusal(nested(maxJsonDepth - 1))).message).toContain("Unknown field");
});

Deno.test("readJson() counts no brackets within strings, whatever is escaped there", async () => {
  const text = `${"[{,".repeat(100)}\\"${"[".repeat(100)}\\`;
  expect(await readJson(post(JSON.stringify({ text })), schema)).toEqual({ text });
});

Deno.test("readJson() reads long strings as JSON.parse does, media or not, wherever they stand", async () => {
  const media = "QUJD".repeat(5_000);
  const others = [media, `${media}QQ==`, `${media}=`, `${media}é"\\`, `${"[".repeat(20_000)}\\`];
  const url = `data:image/png;base64,${media}`;
  const urls = [{ url }, { url: url.replace("png", 'p"ng') }, { url: `${url}é` }];
  const twice = [{ media }, { media: others[1] }];
  const value = { media, [media]: others, twice, urls, text: "grüß" };
  const any = z.unknown();
  for (const space of [0, 1, "\t"]) {
    const json = JSON.stringify(value, null, space);
    expect(await readJson(post(json), any)).toEqual(value);
    expect(await readJson(post(`\ufeff${json}`), any)).toEqual(value);
    expect((await refusal(json.slice(0, -1))).code).toBe("invalid_json");
  }
  const escaped = JSON.stringify({ text: url }).replace("image/", "image\\/");
  expect(await readJson(post(escaped), schema)).toEqual({ text: url });
  for (const end of ["\n", ""]) {
    const broken = `{"text":"data:image/png${end};base64,${media}${end}`;
    expect((await refusal(broken + (end && '"}'))).code).toBe("invalid_json");
  }
  const raw = `{"text":"${media}\n"}`;
  expect((await refusal(raw)).code).toBe("invalid_json");
  expect((await refusal(`{"text":"${media}`)).code).toBe("invalid_json");
});

for (const head of ["", "data:image/png;base64,"]) {
  Deno.test(`readJson() decodes media apart from the rest, each into one string: "${head}"`, async () => {
    const bytes = await decodedBytes(JSON.stringify({ text: head + "QUJD".repeat(1_000_000) }));
    expect(bytes).toEqual([4_000_000 + head.length, 9, 2]);
  });
}

/** How many bytes each decoding of a body takes. */
async function decodedBytes(json: string): Promise<readonly number[]> {
  const large = { maxBytes: json.length, timeoutMs: 5000, admit: () => Promise.resolve() };
  const read = TextDecoder.prototype.decode;
  const decoded: number[] = [];
  TextDecoder.prototype.decode = function (bytes, options) {
    decoded.push(bytes?.byteLength ?? 0);
    return read.call(this, bytes, options);
  };
  try {
    await readJson(post(json), schema, { large });
  } finally {
    TextDecoder.prototype.decode = read;
  }
  return decoded;
}
