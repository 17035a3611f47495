import { expect } from "@std/expect";
import { BedrockException } from "../../../../../supabase/functions/_shared/bedrock/bedrock_exception.ts";

function exception(body: string, headers: Record<string, string> = {}): BedrockException {
  return new BedrockException(
    new Response(null, { status: 400, headers }),
    new TextEncoder().encode(body),
  );
}

Deno.test("BedrockException has the name that AWS gives, from wherever it gives it", () => {
  const type = "x-amzn-errortype";
  const address = "http://internal.amazon.com/coral/com.amazon.bedrock/";
  expect([
    exception("{}", { [type]: "ThrottlingException" }).name,
    exception("{}", { [type]: `ThrottlingException:${address}` }).name,
    exception('{"__type":"com.amazon.coral.service#AccessDeniedException"}').name,
    exception('{"code":"ValidationException"}').name,
    exception("{}").name,
    exception("<html></html>").name,
  ]).toEqual([
    "ThrottlingException",
    "ThrottlingException",
    "AccessDeniedException",
    "ValidationException",
    "UnknownError",
    "UnknownError",
  ]);
});

Deno.test("BedrockException has AWS's text, the status and the headers", () => {
  const headers = { "retry-after": "7" };
  expect(exception('{"message":"Too many tokens."}', headers)).toMatchObject({
    message: "Too many tokens.",
    $response: { statusCode: 400, headers },
  });
  expect(exception('{"Message":"Signature expired."}').message).toBe("Signature expired.");
  for (const body of ["", "null", "[]", "<html></html>"]) expect(exception(body).message).toBe("");
});
