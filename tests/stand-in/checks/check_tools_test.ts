import { expect } from "@std/expect";
import { claude, converse, malformed, modelError, nova, served, user } from "./support.ts";

const messages = [user({ text: "Hi" })];
const claudeMessages = [user({ type: "text", text: "Hi" })];
const amazon = (name: string, json: unknown, extra: object = {}) => ({
  messages,
  toolConfig: { tools: [{ toolSpec: { name, inputSchema: { json }, ...extra } }] },
});
const own = (tool: object, extra: object = {}) => ({
  messages: claudeMessages,
  tools: [{ name: "look_up", input_schema: { type: "object" }, ...tool }],
  ...extra,
});

Deno.test("names of tools keep to the alphabet and length of each format", () => {
  const object = { type: "object" };
  expect(converse(amazon("files.read", object))).toContain(
    "Value 'files.read' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
  );
  expect(converse(amazon("x".repeat(65), object))).toContain("less than or equal to 64");
  expect(converse(amazon("read-files", object))).toBeNull();
  expect(claude(own({ name: "files.read" })))
    .toBe("tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'");
  const twice = [{ name: "a", input_schema: object }, { name: "a", input_schema: object }];
  expect(claude({ messages: claudeMessages, tools: twice }))
    .toBe("tools: Tool names must be unique.");
});

Deno.test("the schema of a tool is an object's, without alternatives at its top for Claude", () => {
  const value =
    "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.";
  for (const schema of [{}, { type: "string" }, { type: null }, { type: ["object", "null"] }]) {
    expect([schema, converse(amazon("a", schema))]).toEqual([schema, value]);
    expect([schema, nova(amazon("a", schema))]).toEqual([schema, value]);
  }
  expect(claude(own({ input_schema: {} })))
    .toBe("tools.0.custom.input_schema.type: Field required");
  const top =
    "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level";
  expect(claude(own({ input_schema: { type: "object", anyOf: [] } }))).toBe(top);
  expect(converse(amazon("a", { type: "object", oneOf: [] }))).toBe(modelError + top);
});

Deno.test("Nova's schemas of tools are closed: type, properties and required", () => {
  const foreign = (key: string) =>
    malformed(
      `#/toolConfig/tools/0/toolSpec/inputSchema/json: extraneous key [${key}] is not permitted`,
    );
  for (const key of ["$schema", "$defs", "definitions", "additionalProperties"]) {
    const body = amazon("a", { type: "object", properties: {}, [key]: {} });
    expect(nova(body)).toBe(foreign(key));
    expect(converse(body, served("Nova Lite"))).toBe(modelError + foreign(key));
    expect(converse(body)).toBeNull();
  }
  expect(nova(amazon("a", { type: "object", properties: { x: { $ref: "#" } }, required: ["x"] })))
    .toBeNull();
});

Deno.test("members of a tool need their beta, or a model that knows them", () => {
  const refused = (key: string) => `tools.0.custom.${key}: Extra inputs are not permitted`;
  const search = { anthropic_beta: ["tool-search-tool-2025-10-19"] };
  expect(claude(own({ defer_loading: true }))).toBe(refused("defer_loading"));
  expect(claude(own({ defer_loading: true }, search))).toBeNull();
  expect(claude(own({ eager_input_streaming: true }))).toBe(refused("eager_input_streaming"));
  expect(claude(own({ strict: true }))).toBeNull();
  expect(claude(own({ strict: true }), served("Opus 4.7"))).toBe(refused("strict"));
  const strict = amazon("a", { type: "object" });
  Object.assign(strict.toolConfig.tools[0]?.toolSpec ?? {}, { strict: true });
  expect(converse(strict)).toBeNull();
  expect(converse(strict, served("Opus 4.7"))).toBe(modelError + refused("strict"));
  expect(nova(strict)).toContain("extraneous key [strict] is not permitted");
  expect(claude(own({ type: "bash_20250124" }))).toContain("tools.0: Input tag 'bash_20250124'");
});

Deno.test("an unknown beta is a 400 for the whole request, by way of calling", () => {
  const asks = (beta: string) => ({ messages: claudeMessages, anthropic_beta: [beta] });
  const fields = (beta: string) => ({
    messages,
    additionalModelRequestFields: { anthropic_beta: [beta] },
  });
  const invokeOnly = "context-management-2025-06-27";
  const converseOnly = "structured-outputs-2025-11-13";
  expect(claude(asks(invokeOnly))).toBeNull();
  expect(converse(fields(invokeOnly))).toBe(`${modelError}invalid beta flag`);
  expect(claude(asks(converseOnly))).toBe("invalid beta flag");
  expect(converse(fields(converseOnly))).toBeNull();
  expect(claude(asks("context-1m-2025-08-07"), served("Claude 3 Haiku"))).toBe("invalid beta flag");
});

Deno.test("a choice of Claude's replaces Converse's, and needs tools", () => {
  const body = amazon("a", { type: "object" });
  const additionalModelRequestFields = {
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
  };
  expect(converse({ ...body, additionalModelRequestFields })).toBeNull();
  const both = { ...body.toolConfig, toolChoice: { auto: {} } };
  expect(converse({ ...body, toolConfig: both, additionalModelRequestFields }))
    .toContain("conflicts with the field toolConfig.toolChoice");
  expect(claude({ messages: claudeMessages, tool_choice: { type: "any" } }))
    .toContain("only be specified while providing tools");
});
