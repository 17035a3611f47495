import { expect } from "@std/expect";
import { createBedrockClients } from "../../../../../supabase/functions/_shared/bedrock/bedrock_client.ts";
import { createTokenCounter } from "../../../../../supabase/functions/_shared/bedrock/count_tokens.ts";
import { tokensSent } from "../../../../../supabase/functions/_shared/formats/token_estimate.ts";
import { modelRequest, systemPrompt, userMessage } from "../formats/model_request.ts";
import { modelRow } from "../model_row.ts";
import { tinyPng } from "../../../../support/tiny_png.ts";
import { startBedrockServer } from "./bedrock_server.ts";
import { standInCredentials, withStandIn } from "./stand_in.ts";

function counterOf(endpoint: string) {
  const auth = { kind: "key-pair", ...standInCredentials, sessionToken: null } as const;
  return createTokenCounter(
    createBedrockClients(() => ({ region: "eu-central-1", endpoint, auth }), fetch),
  );
}

const counted = modelRow({ model_id: "eu.anthropic.claude-sonnet-4-6", format: "claude" });
const image = {
  type: "image",
  mediaType: "image/png",
  source: { kind: "base64", data: tinyPng },
} as const;

Deno.test("countTokens() has Bedrock count what either operation would be sent", async () => {
  await withStandIn(async ({ url, control }) => {
    const count = counterOf(url);
    for (const format of ["claude", "converse"] as const) {
      const request = (words: string) =>
        modelRequest({
          model: { ...counted, format },
          system: systemPrompt("Be brief."),
          messages: [{ ...userMessage(words), blocks: [...userMessage(words).blocks, image] }],
          guardrail: { id: "abc", version: "1" },
        });
      const short = await count(request("Hello"));
      const long = await count(request("Hello ".repeat(100)));
      expect(short).toBeGreaterThan(0);
      expect(long).toBeGreaterThan(short);
      expect(long).toBeLessThan(tokensSent(request("Hello ".repeat(100))));
    }
    const operations = (await control.requests()).map((entry) =>
      (entry as { operation: string }).operation
    );
    expect(new Set(operations)).toEqual(new Set(["CountTokens"]));
  });
});

Deno.test("countTokens() fails where the model cannot be counted for", async () => {
  await withStandIn(async ({ url }) => {
    const model = { ...counted, model_id: "eu.anthropic.claude-sonnet-5-5" };
    await expect(counterOf(url)(modelRequest({ model }))).rejects.toMatchObject({
      name: "AppError",
    });
  });
});

Deno.test("countTokens() takes no answer for a count that is none", async () => {
  await using server = startBedrockServer(() => Response.json({ inputTokens: -1 }));
  await expect(counterOf(server.url)(modelRequest({ model: counted }))).rejects.toMatchObject({
    code: "bedrock_bad_response",
  });
  expect(server.received[0]?.path).toBe("/model/eu.anthropic.claude-sonnet-4-6/count-tokens");
});

Deno.test("countTokens() stops when its caller leaves", async () => {
  const left = new AbortController();
  await using server = startBedrockServer(async () => {
    left.abort(new Error("left"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return Response.json({ inputTokens: 1 });
  });
  await expect(counterOf(server.url)(modelRequest({ model: counted }), left.signal))
    .rejects.toThrow("left");
});
