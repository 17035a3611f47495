import { expect } from "@std/expect";
import type { CountOptions } from "../../../../../supabase/functions/_shared/calls/count_call.ts";
import { registryOf } from "../selection/registry_of.ts";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import { callWorld } from "./call_world.ts";

const counted = { ...textOnly, count_tokens: true };

async function count(text: string, options: Partial<CountOptions> = {}, model = "default") {
  const registry = registryOf({
    a: { is_default: true, capabilities: counted, context_window: 5_000 },
    b: {},
  }, { health: null });
  const world = callWorld({}, {
    registry: { get: () => Promise.resolve({ registry, isStale: false }) } as never,
    ...options,
  });
  const body = JSON.stringify({ model, text });
  const response = await world.send("/count", { method: "POST", body });
  const { input_tokens } = await response.json();
  const { headers, status } = response;
  return { input_tokens, status, by: headers.get("x-switchboard-token-count"), headers, world };
}

Deno.test("a count is Bedrock's where the model's row says so, and begins no run", async () => {
  const asked: string[] = [];
  const countTokens: CountOptions["countTokens"] = ({ model }) => {
    asked.push(model.model_id);
    return Promise.resolve(7);
  };
  const { world, headers, ...own } = await count("Hello", { countTokens });
  expect(own).toEqual({ input_tokens: 7, status: 200, by: "bedrock" });
  expect([asked, world.log, world.run.called]).toEqual([["a"], ["begin"], []]);
  expect(headers.get("x-switchboard-model")).toBe("a");
  expect((await count("Hello", { countTokens }, "b")).by).toBe("estimate");
  expect(asked).toEqual(["a"]);
});

Deno.test("a count is an estimate where Bedrock does not give it, which is told", async () => {
  const { input_tokens, by, world } = await count("Hello ".repeat(30));
  expect(by).toBe("estimate");
  expect(input_tokens).toBeGreaterThan(30);
  expect(world.log).toEqual(["begin", "uncounted a"]);
});

Deno.test("a count of more than the model can read has the assistant's prompt in it", async () => {
  const text = "Hello ".repeat(50_000);
  const alone = await count(text);
  const guided = await count(text, {}, "assistant/health");
  expect(guided.input_tokens).toBeGreaterThan(alone.input_tokens);
});

Deno.test("a count of more than the model can read is an estimate, and no error", async () => {
  const { input_tokens, status, by } = await count("Hello ".repeat(50_000));
  expect([status, by]).toEqual([200, "estimate"]);
  expect(input_tokens).toBeGreaterThan(50_000);
});
