import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { respondJsonLines } from "../../../../../supabase/functions/_shared/http/json_lines.ts";

const requestId = "00000000-0000-4000-8000-000000000001";

function answer(lines: AsyncGenerator<object, void, void>) {
  const logged: unknown[] = [];
  const response = respondJsonLines(lines, {
    contentType: "application/jsonl",
    requestId,
    log: (event, fields) => logged.push({ event, ...fields }),
  });
  return { response, logged };
}

Deno.test("respondJsonLines() sends each object as a line, and asks for the next when it is taken", async () => {
  let made = 0;
  const { response } = answer(
    async function* () {
      for (const text of ["a\nb", "c", "d"]) {
        made += 1;
        yield { text };
        await Promise.resolve();
      }
    }(),
  );
  const { body, headers } = await response;
  expect(headers.get("content-type")).toBe("application/jsonl");
  expect(headers.get("access-control-allow-origin")).toBe("*");
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  expect(made).toBe(1);
  let text = "";
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    text += read.value;
  }
  expect(text).toBe('{"text":"a\\nb"}\n{"text":"c"}\n{"text":"d"}\n');
});

Deno.test("respondJsonLines() fails as a whole before the first line, and by a last line behind it", async () => {
  const refused = answer(
    // deno-lint-ignore require-yield
    async function* () {
      await Promise.resolve();
      throw new AppError("user_not_found");
    }(),
  );
  await expect(refused.response).rejects.toMatchObject({ code: "user_not_found" });
  expect(refused.logged).toEqual([]);

  const cut = answer(
    async function* () {
      yield { type: "user" };
      await Promise.resolve();
      throw new Error("private words");
    }(),
  );
  const text = await (await cut.response).text();
  expect(text).toBe(
    `{"type":"user"}\n{"type":"error","code":"internal_error","request_id":"${requestId}"}\n`,
  );
  expect(cut.logged).toMatchObject([{ event: "request-failed", code: "internal_error" }]);
});

Deno.test("respondJsonLines() ends the lines when its reader leaves", async () => {
  let ended = false;
  const { response } = answer(
    async function* () {
      try {
        for (let n = 0;; n++) {
          yield { n };
          await Promise.resolve();
        }
      } finally {
        ended = true;
      }
    }(),
  );
  const reader = (await response).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(ended).toBe(true);
});
