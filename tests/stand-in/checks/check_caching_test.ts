import { expect } from "@std/expect";
import { signThinking } from "../../../stand-in/answers/thinking_signature.ts";
import { base64, pdf } from "../../support/media.ts";
import {
  assistant,
  claude,
  converse,
  malformed,
  modelError,
  nova,
  served,
  user,
} from "./support.ts";

const text = { text: "Hi" };
const point = (ttl?: string) => ({ cachePoint: { type: "default", ...ttl && { ttl } } });
const marked = (ttl?: string) => ({
  type: "text",
  text: "Hi",
  cache_control: { type: "ephemeral", ...ttl && { ttl } },
});
const tool = { toolSpec: { name: "a", inputSchema: { json: { type: "object" } } } };

Deno.test("at most four cache points are taken, over tools, system and messages", () => {
  const five = "A maximum of 4 blocks with cache_control may be provided. Found 5.";
  const tools = [{
    name: "a",
    input_schema: { type: "object" },
    cache_control: { type: "ephemeral" },
  }];
  const body = { tools, system: [marked(), marked()] };
  expect(claude({ ...body, messages: [user(marked())] })).toBeNull();
  expect(claude({ ...body, messages: [user(marked(), marked())] })).toBe(five);
  expect(converse({
    toolConfig: { tools: [tool, point()] },
    system: [text, point()],
    messages: [user(text, point(), text, point(), text, point())],
  })).toBe(modelError + five);
});

Deno.test("TTLs do not rise along tools, system and messages", () => {
  const rises = "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block";
  expect(claude({ system: [marked("1h")], messages: [user(marked())] })).toBeNull();
  expect(claude({ system: [marked("5m")], messages: [user(marked("1h"))] })).toContain(rises);
  expect(converse({ system: [text, point()], messages: [user(text, point("1h"))] }))
    .toContain(modelError);
  // Opus 4.1 keeps a prompt for five minutes only.
  expect(claude({ messages: [user(marked("1h"))] }, served("Opus 4.1"))).toContain("ttl");
});

Deno.test("a point has something before it that can be cached", () => {
  const nothing = `${modelError}There is nothing available to cache.`;
  expect(converse({ messages: [user(point(), text)] })).toBe(nothing);
  expect(converse({ messages: [user(text), assistant(point()), user(text)] })).toBe(nothing);
  expect(converse({ messages: [user(text, point(), point())] })).toBe(nothing);
  expect(converse({ system: [point()], messages: [user(text)] })).toBe(nothing);
  expect(nova({ messages: [user(point(), text)] })).toContain("nothing available to cache");

  const document = (format: string, bytes: Uint8Array) => ({
    document: { format, name: "document 1", source: { bytes: base64(bytes) } },
  });
  const words = new TextEncoder().encode("Hi");
  expect(converse({ messages: [user(text, document("txt", words), point())] }))
    .toBe(`${modelError}messages.0.content.2.type: Field required`);
  expect(converse({ messages: [user(document("txt", words), text, point())] })).toBeNull();
  expect(converse({ messages: [user(text, document("pdf", pdf()), point())] })).toBeNull();

  const signature = signThinking(served("Sonnet 4.5").id, "So.");
  const thought = { reasoningContent: { reasoningText: { text: "So.", signature } } };
  expect(converse({ messages: [user(text), assistant(text, thought, point()), user(text)] }))
    .toContain("Cache point cannot be inserted after reasoning block.");
});

Deno.test("Nova has no points in tools and no field ttl", () => {
  const lite = served("Nova Lite");
  const inTools = { messages: [user(text)], toolConfig: { tools: [tool, point()] } };
  const problem = malformed("#/toolConfig/tools/1: extraneous key [cachePoint] is not permitted");
  expect(nova(inTools)).toBe(problem);
  expect(converse(inTools, lite)).toBe(modelError + problem);
  const withTtl = { messages: [user(text, point("5m"))] };
  const ttl = malformed("#/messages/0/content/1/cachePoint: extraneous key [ttl] is not permitted");
  expect(nova(withTtl)).toBe(ttl);
  expect(converse(withTtl, lite)).toBe(modelError + ttl);
  expect(nova({ system: [text, point()], messages: [user(text, point())] })).toBeNull();
});

Deno.test("a model that caches nothing refuses a point", () => {
  const refused =
    "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.";
  expect(converse({ messages: [user(text, point())] }, served("gpt-oss-120b"))).toBe(refused);
  expect(claude({ messages: [user(marked())] }, served("Claude 3 Haiku"))).toBe(refused);
});
