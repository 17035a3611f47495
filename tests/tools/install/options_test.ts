import { expect } from "@std/expect";
import { UsageError } from "../../../local/client/client_error.ts";
import { readOptions } from "../../../tools/install/options.ts";

Deno.test("readOptions() leaves open what the command line leaves out", () => {
  expect(readOptions(["../app"])).toEqual({
    folder: "../app",
    names: {},
    data: undefined,
    geographies: undefined,
    dryRun: false,
  });
  expect(readOptions(["--help"])).toBeNull();
});

Deno.test("readOptions() takes geographies in capitals too, and each once", () => {
  const args = ["app", "--data", "blank", "--geographies", "US, eu,us-gov,US", "--dry-run"];
  expect(readOptions([...args, "--chat-name", "ai_chat-2", "--openai-name", "our_openai"])).toEqual(
    {
      folder: "app",
      names: { chat: "ai_chat-2", openai: "our_openai" },
      data: "blank",
      geographies: ["us", "eu", "us-gov"],
      dryRun: true,
    },
  );
});

for (
  const args of [
    [],
    ["one", "two"],
    ["app", "--chat-name", "a/b"],
    ["app", "--chat-name", "_shared"],
    ["app", "--openai-name", "_shared"],
    ["app", "--anthropic-name", "manage-bedrock-models"],
    ["app", "--chat-name", "manage-bedrock-models"],
    ["app", "--data", "none"],
    ["app", "--data", "blank", "--geographies", "europe"],
    ["app", "--data", "blank", "--geographies", ""],
    ["app", "--force"],
  ]
) {
  Deno.test(`readOptions() refuses ${args.join(" ") || "no folder"}`, () => {
    expect(() => readOptions(args)).toThrow(UsageError);
  });
}
