import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { begunCall, callWorld } from "./call_world.ts";

Deno.test("the list of models has the fields of both makers, and begins no run", async () => {
  const world = callWorld({});
  const response = await world.send("/models?limit=1000");
  const body = await response.json();
  const names = body.data.map(({ id }: { id: string }) => id);
  expect(names).toEqual(["a", "b", "c", "default", "assistant/clinical"]);
  expect(body).toMatchObject({
    object: "list",
    has_more: false,
    first_id: "a",
    last_id: "assistant/clinical",
  });
  expect(body.data[0]).toEqual({
    id: "a",
    object: "model",
    type: "model",
    created: 0,
    created_at: "1970-01-01T00:00:00.000Z",
    display_name: "Nova Lite",
    owned_by: expect.any(String),
    max_input_tokens: expect.any(Number),
    max_tokens: expect.any(Number),
  });
  expect(response.headers.get("request-id")).toBe(response.headers.get("x-request-id"));
  expect([world.log, world.run.called]).toEqual([["begin"], []]);
});

Deno.test("a model is described by each of its names, with slashes too", async () => {
  const world = callWorld({});
  for (const path of ["/models/a", "/models/assistant/clinical", "/models/assistant%2Fclinical"]) {
    const response = await world.send(path);
    expect([path, response.status, (await response.json()).object]).toEqual([path, 200, "model"]);
  }
  const response = await world.send("/models/unknown");
  expect([response.status, (await response.json()).code]).toEqual([404, "model_not_found"]);
  expect(world.failures).toEqual(["model_not_found"]);
});

Deno.test("the models are those of the caller's scope, and of callers only", async () => {
  const world = callWorld({}, {
    calls: {
      begin: () => Promise.resolve({ ...begunCall, scope: { assistantType: null, models: ["b"] } }),
      complete: () => Promise.resolve(0),
      raise: () => Promise.resolve(null),
      release: () => Promise.resolve(),
    },
  });
  const { data } = await (await world.send("/models")).json();
  expect(data.map(({ id }: { id: string }) => id)).toContain("b");
  expect(data.map(({ id }: { id: string }) => id)).not.toContain("a");
  expect((await world.send("/models/a")).status).toBe(404);

  const stranger = callWorld({}, {
    authenticate: () => Promise.reject(new AppError("missing_credentials")),
  });
  expect((await stranger.send("/models")).status).toBe(401);
});
