import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { expect } from "@std/expect";
import { RequestLog } from "../../stand-in/request_log.ts";
import { question, rejection, withStandIn } from "./support.ts";

const modelId = "eu.amazon.nova-lite-v1:0";
/** What `curl --json` says of its body. */
const asJson = { "content-type": "application/json" };

Deno.test("the page says that this is a stand-in, not Amazon, and how to add a fault rule", () =>
  withStandIn(async ({ standIn }) => {
    for (const path of ["/", "/_stand-in", "/_stand-in/"]) {
      const response = await fetch(standIn.url + path);
      const text = await response.text();
      expect(text).toContain("It is not Amazon");
      expect(text).toContain(`curl ${standIn.url}/_stand-in/faults`);
      expect(response.headers.get("x-switchboard-stand-in")).toBe("true");
    }
  }));

Deno.test("the fault rules that the page shows are accepted", () =>
  withStandIn(async ({ standIn }) => {
    const page = await (await fetch(standIn.url)).text();
    const bodies = [...page.matchAll(/--json '([^']+)'/g)].map((match) => match[1] ?? "");
    const faults = bodies.filter((body) => body.includes('"fault"'));
    const listed = [...page.matchAll(/^ {2}(\{ "kind"(?:[^{}]|\{[^}]*\})*\})/gm)]
      .map((match) => `{ "fault": ${match[1]} }`);
    expect(faults).toHaveLength(3);
    expect(listed).toHaveLength(13);
    for (const body of [...faults, ...listed]) {
      const response = await fetch(`${standIn.url}/_stand-in/faults`, {
        method: "POST",
        headers: asJson,
        body,
      });
      expect([body, response.status]).toEqual([body, 201]);
      await response.body?.cancel();
    }
  }));

Deno.test("the changes of models that the page shows are accepted", () =>
  withStandIn(async ({ standIn }) => {
    const page = await (await fetch(standIn.url)).text();
    const changes = [...page.matchAll(/curl -X PUT (\S+) --json '([^']+)'/g)];
    expect(changes).toHaveLength(10);
    for (const [, url = "", body = ""] of changes) {
      const response = await fetch(url, { method: "PUT", headers: asJson, body });
      expect([url, response.status]).toEqual([url, 200]);
      await response.body?.cancel();
    }
  }));

Deno.test("invalid fault rules are refused with the member at fault", () =>
  withStandIn(async ({ standIn, control }) => {
    const post = async (body: string) => {
      const response = await fetch(`${standIn.url}/_stand-in/faults`, {
        method: "POST",
        headers: asJson,
        body,
      });
      return [response.status, (await response.json()).error];
    };
    expect(await post("{")).toEqual([400, "The body is not valid JSON."]);
    for (
      const [rule, words] of [
        [{ fault: { kind: "eror" } }, "fault.kind"],
        [{ fault: { kind: "cut" } }, "Give either afterFrames or afterBytes."],
        [{ fault: { kind: "cut", afterFrames: 1, afterBytes: 1 } }, "Give either"],
        [{ fault: { kind: "latency", ms: -1 } }, "fault.ms"],
        [{ fault: { kind: "hang" }, times: 0 }, "times"],
        [{ fault: { kind: "hang" }, modle: "x" }, "modle"],
        [{ fault: { kind: "error", exception: "Oops" } }, "fault.exception"],
      ] as const
    ) {
      const [status, error] = await post(JSON.stringify(rule));
      expect(status).toBe(400);
      expect(error).toContain(words);
    }
    await expect(control.setModel(modelId, {})).rejects.toThrow("Give at least one change");
    expect(await control.faultRules()).toEqual([]);
  }));

Deno.test("a fault rule can be removed by its id", () =>
  withStandIn(async ({ standIn, control }) => {
    const { id } = await control.addFaultRule({ kind: "hang" });
    const remove = async () => {
      const url = `${standIn.url}/_stand-in/faults/${id}`;
      const response = await fetch(url, { method: "DELETE" });
      await response.body?.cancel();
      return response.status;
    };
    expect(await remove()).toBe(204);
    expect(await remove()).toBe(404);
    expect(await control.faultRules()).toEqual([]);
  }));

Deno.test("the request log holds each call with its model, body and outcome", () =>
  withStandIn(async ({ client, control }) => {
    const messages = question("Is it warm?");
    const answer = await client.send(new ConverseCommand({ modelId, messages }));
    await rejection(client.send(new ConverseCommand({ modelId: "no.model", messages })));
    const [first, second] = await control.requests();
    expect(first).toMatchObject({
      number: 1,
      operation: "Converse",
      modelId,
      requestId: answer.$metadata.requestId,
      authentication: "sigv4",
      status: 200,
      exception: null,
      inputTokens: answer.usage?.inputTokens,
      outputTokens: answer.usage?.outputTokens,
      faults: [],
      finished: true,
      clientDisconnected: false,
      body: { messages },
    });
    expect(second).toMatchObject({
      modelId: "no.model",
      status: 400,
      exception: "ValidationException",
    });
    await control.clearRequests();
    expect(await control.requests()).toEqual([]);
  }));

Deno.test("RequestLog keeps the latest calls only, and an update after clear() restores no entry", () => {
  const requestLog = new RequestLog(3);
  const open = (requestId: string) =>
    requestLog.open({ time: "", operation: "Converse", modelId: "m", requestId });
  const [updateFirst] = ["a", "b", "c", "d"].map(open);
  const ids = () => requestLog.list().map((entry) => entry.requestId);
  expect(ids()).toEqual(["b", "c", "d"]);
  updateFirst?.({ status: 200 });
  expect(ids()).toEqual(["b", "c", "d"]);
  requestLog.clear();
  const update = open("e");
  requestLog.clear();
  update({ finished: true });
  expect(requestLog.list()).toEqual([]);
});

Deno.test("a path outside Bedrock and the control API is an unknown operation", () =>
  withStandIn(async ({ standIn }) => {
    for (
      const [method, path] of [
        ["POST", "/foundation-models"],
        ["GET", "/foundation-models/%"],
        ["GET", "/custom-models"],
        ["GET", "/model/x/converse"],
        ["POST", "/model/x/count"],
        ["POST", "/model/%/converse"],
      ] as const
    ) {
      const response = await fetch(standIn.url + path, { method });
      await response.body?.cancel();
      expect(response.status).toBe(404);
      expect(response.headers.get("x-amzn-errortype")).toContain("UnknownOperationException");
    }
    const control = await fetch(`${standIn.url}/_stand-in/fualts`);
    expect([control.status, (await control.json()).error]).toEqual([
      404,
      "Unknown path or method: GET /_stand-in/fualts. GET /_stand-in/ lists them.",
    ]);
  }));

Deno.test("a log line names the model and the outcome, and contains no prompt", async () => {
  const lines: string[] = [];
  await withStandIn(async ({ client }) => {
    const system = [{ text: "a secret instruction" }];
    await client.send(
      new ConverseCommand({ modelId, system, messages: question("a secret word") }),
    );
  }, { log: (line) => lines.push(line) });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^Converse eu\.amazon\.nova-lite-v1:0: 200, \d+ tokens in, \d+ out, /);
  expect(lines[0]).not.toContain("secret");
});

Deno.test("the control API takes nothing that a web page can send, and shows it nothing", () =>
  withStandIn(async ({ standIn, control }) => {
    const url = `${standIn.url}/_stand-in`;
    const body = JSON.stringify({ fault: { kind: "hang" } });
    const statusOf = async (path: string, request: RequestInit) => {
      const response = await fetch(`${url}/${path}`, request);
      await response.body?.cancel();
      return response.status;
    };
    const origin = "https://evil.example";
    // Of a form, or of a page that does not wait for permission.
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      const headers = { "content-type": type };
      expect(await statusOf("faults", { method: "POST", headers, body })).toBe(415);
    }
    const headers = { "content-type": "application/json", origin };
    expect(await statusOf("faults", { method: "POST", headers, body })).toBe(403);
    expect(await statusOf("faults", { method: "DELETE", headers: { origin } })).toBe(403);
    expect(await statusOf("requests", { headers: { origin } })).toBe(403);
    expect(await control.faultRules()).toEqual([]);

    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(url).port),
    });
    const head =
      "GET /_stand-in/requests HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    await connection.write(new TextEncoder().encode(head));
    expect(await new Response(connection.readable).text()).toMatch(/^HTTP\/1.1 403 /);
  }));
