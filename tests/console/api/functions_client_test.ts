import { expect } from "@std/expect";
import { FunctionsClient } from "../../../console/src/api/functions_client.ts";

function client(
  answer: Response,
  token: string | null = "token",
  deployed: { chatName?: string; functionRegion?: string } = {},
) {
  const requests: Request[] = [];
  let rejected = 0;
  const functions = new FunctionsClient({
    supabaseUrl: "https://project.example",
    publishableKey: "sb_publishable_key",
    ...deployed,
    token: () => Promise.resolve(token),
    onRejected: () => rejected++,
    fetch: (input, init) => {
      requests.push(new Request(input, init));
      return Promise.resolve(answer);
    },
  });
  return { functions, requests, rejected: () => rejected };
}

Deno.test("FunctionsClient calls a function as the signed-in user", async () => {
  const { functions, requests } = client(Response.json({ success: true }));
  const response = await functions.call("chat", { message: "Hello" });
  expect(await response.json()).toEqual({ success: true });
  const [request] = requests;
  expect(request?.url).toBe("https://project.example/functions/v1/chat");
  expect(request?.headers.get("authorization")).toBe("Bearer token");
  expect(request?.headers.get("apikey")).toBe("sb_publishable_key");
  expect(await request?.json()).toEqual({ message: "Hello" });
});

Deno.test("FunctionsClient calls chat by the name that it has in the project", async () => {
  for (const [name, deployed] of [["chat", "helper"], ["manage-bedrock-models", undefined]]) {
    const { functions, requests } = client(Response.json({}), "token", { chatName: "helper" });
    await functions.call(name!, {});
    expect(requests[0]?.url).toBe(`https://project.example/functions/v1/${deployed ?? name}`);
  }
});

Deno.test("FunctionsClient asks for the region that functions are kept in, where there is one", async () => {
  for (const functionRegion of ["eu-central-1", undefined]) {
    const { functions, requests } = client(
      Response.json({}),
      "token",
      functionRegion === undefined ? {} : { functionRegion },
    );
    await functions.call("chat", {});
    expect(requests[0]?.headers.get("x-region")).toBe(functionRegion ?? null);
  }
});

Deno.test("FunctionsClient throws what the function refuses with", async () => {
  const error = { code: "registry_changed", message: "It changed.", request_id: "r" };
  const { functions, rejected } = client(Response.json({ error }, { status: 409 }));
  await expect(functions.call("manage-bedrock-models", {}))
    .rejects.toMatchObject({ code: "registry_changed", status: 409 });
  expect(rejected()).toBe(0);
});

Deno.test("FunctionsClient says when a refused request may be tried again", async () => {
  const error = { code: "limit_exceeded", message: "Reached." };
  const answer = Response.json({ error }, { status: 429, headers: { "retry-after": "23" } });
  await expect(client(answer).functions.call("chat", {}))
    .rejects.toMatchObject({ code: "limit_exceeded", retryAfterSeconds: 23 });
});

Deno.test("FunctionsClient says when the token is no longer taken, or there is none", async () => {
  const error = { code: "invalid_credentials", message: "Expired." };
  const expired = client(Response.json({ error }, { status: 401 }));
  await expect(expired.functions.call("chat", {})).rejects.toMatchObject({ status: 401 });
  expect(expired.rejected()).toBe(1);
  const signedOut = client(Response.json({}), null);
  await expect(signedOut.functions.call("chat", {})).rejects.toMatchObject({ status: 401 });
  expect([signedOut.rejected(), signedOut.requests]).toEqual([1, []]);
});
