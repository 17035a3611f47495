import { ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect } from "@std/expect";
import { Sha256 } from "../../stand-in/wire/sha256.ts";
import { credentials, question, rejection, sdkClient, withStandIn } from "./support.ts";

const command = () =>
  new ConverseCommand({ modelId: "eu.amazon.nova-lite-v1:0", messages: question() });

Deno.test("a signature with the wrong secret, key, region or token is refused as AWS refuses it", () =>
  withStandIn(async ({ standIn }) => {
    for (
      const [config, name] of [
        [
          { credentials: { ...credentials, secretAccessKey: "no" } },
          "InvalidSignatureException",
        ],
        [{ credentials: { ...credentials, accessKeyId: "no" } }, "UnrecognizedClientException"],
        [{ credentials: { ...credentials, sessionToken: "no" } }, "UnrecognizedClientException"],
        [{ region: "us-east-1" }, "InvalidSignatureException"],
        [{ systemClockOffset: -3_600_000 }, "InvalidSignatureException"],
        [{ systemClockOffset: 3_600_000 }, "InvalidSignatureException"],
      ] as const
    ) {
      const client = sdkClient(standIn.url, config);
      const error = await rejection(client.send(command()));
      expect({ config, name: error.name, status: error.$metadata?.httpStatusCode })
        .toEqual({ config, name, status: 403 });
      client.destroy();
    }
  }));

Deno.test("request metadata is read from body and header, and refused where it is none", () =>
  withStandIn(async ({ standIn, client, control }) => {
    const modelId = "eu.amazon.nova-lite-v1:0";
    const metadata = { team: "a", run_id: "7c1e" };
    const invoke = (requestMetadata: string) =>
      new InvokeModelCommand({
        modelId,
        contentType: "application/json",
        requestMetadata,
        body: JSON.stringify({ messages: [{ role: "user", content: [{ text: "Hello" }] }] }),
      });
    await client.send(
      new ConverseCommand({ modelId, messages: question(), requestMetadata: metadata }),
    );
    await client.send(invoke(JSON.stringify(metadata)));
    await client.send(command());
    expect((await control.requests()).map(({ requestMetadata }) => requestMetadata))
      .toEqual([metadata, metadata, null]);

    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "v"]));
    const wrong = [{}, pairs(17), { "": "v" }, { "k!": "v" }, { k: "é" }, { k: "v".repeat(257) }];
    for (const each of wrong) {
      const converse = new ConverseCommand({
        modelId,
        messages: question(),
        requestMetadata: each as Record<string, string>,
      });
      expect((await rejection(client.send(converse))).name).toBe("ValidationException");
      expect((await rejection(client.send(invoke(JSON.stringify(each))))).name)
        .toBe("ValidationException");
    }
    expect((await rejection(client.send(invoke("no JSON")))).name).toBe("ValidationException");

    // The signature covers it: put in on the way, it is refused.
    const tampering = sdkClient(standIn.url);
    tampering.middlewareStack.add(
      // deno-lint-ignore no-explicit-any -- the SDK's types do not say what the request is
      (next) => (args: any) => {
        args.request.headers["x-amzn-bedrock-request-metadata"] = '{"k":"v"}';
        return next(args);
      },
      { step: "finalizeRequest", priority: "low", name: "tamper" },
    );
    expect((await rejection(tampering.send(command()))).name).toBe("InvalidSignatureException");
    tampering.destroy();
  }));

Deno.test("a session token is required once it is set, and accepted", () =>
  withStandIn(async ({ standIn, client }) => {
    expect((await rejection(client.send(command()))).name).toBe("UnrecognizedClientException");
    const right = sdkClient(standIn.url, { credentials: { ...credentials, sessionToken: "t" } });
    expect((await right.send(command())).stopReason).toBe("end_turn");
    right.destroy();
  }, { sessionToken: "t" }));

Deno.test("a Bedrock API key is accepted as a bearer token, and a wrong one refused", () =>
  withStandIn(async ({ standIn, control }) => {
    const bearer = (token: string) =>
      sdkClient(standIn.url, {
        token: { token },
        authSchemePreference: ["httpBearerAuth"],
      });
    const right = bearer("api key");
    expect((await right.send(command())).stopReason).toBe("end_turn");
    expect((await control.requests()).at(-1)?.authentication).toBe("bearer");
    const wrong = bearer("no");
    const error = await rejection(wrong.send(command()));
    expect(error.$metadata?.httpStatusCode).toBe(403);
    expect(error.message).toContain("Please make sure your API Key is valid");
    right.destroy();
    wrong.destroy();
  }, { bearerToken: "api key" }));

Deno.test("a request without credentials, or with half a signature, is refused", () =>
  withStandIn(async ({ standIn }) => {
    const url = `${standIn.url}/model/eu.amazon.nova-lite-v1%3A0/converse`;
    for (
      const [headers, status, type] of [
        [{}, 403, "MissingAuthenticationTokenException"],
        [{ authorization: "AWS4-HMAC-SHA256 Credential=x" }, 400, "IncompleteSignature"],
        [{ authorization: "Bearer x" }, 403, "AccessDeniedException"],
      ] as const
    ) {
      const response = await fetch(url, { method: "POST", body: "{}", headers });
      await response.body?.cancel();
      expect(response.status).toBe(status);
      expect(response.headers.get("x-amzn-errortype")).toContain(type);
    }
  }));

Deno.test("a body that is not the signed one is refused, also when the signed hash comes along", () =>
  withStandIn(async ({ standIn }) => {
    const { host, port, hostname } = new URL(standIn.url);
    const signer = new SignatureV4({
      service: "bedrock",
      region: "eu-central-1",
      credentials,
      sha256: Sha256,
    });
    const path = "/model/eu.amazon.nova-lite-v1%3A0/converse";
    const body = JSON.stringify({ messages: question() });
    const signed = await signer.sign({
      method: "POST",
      protocol: "http:",
      hostname,
      port: Number(port),
      path,
      query: {},
      headers: { host, "content-type": "application/json" },
      body,
    });
    const send = async (sent: string) => {
      const init = { method: "POST", headers: signed.headers, body: sent };
      const response = await fetch(`${standIn.url}${path}`, init);
      await response.body?.cancel();
      return response.status;
    };
    expect(signed.headers["x-amz-content-sha256"]).toBeDefined();
    expect(await send(body)).toBe(200);
    expect(await send(body.replace("water", "wine "))).toBe(403);
  }));
