/**
 * What is true of one model is data in its row. So no model id stands in code, and nothing asks
 * an id what family it belongs to.
 */
import { expect } from "@std/expect";
import { filesBelow, readSource, withoutComments } from "../../support/source_files.ts";

/** Where ids are data, examples or prose. */
const allowed: readonly RegExp[] = [
  /^supabase\/migrations\/\d+_insert_first_rows\.sql$/,
  /^tests\//,
  /^bench\//,
  /^docs\//,
  /^(?:README|AGENTS)\.md$/,
  // What the IAM policy names.
  /^aws-deployment\/iam-policies\/.*\.json$/,
  /^aws-deployment\/inference-profiles\.json$/,
  // The stand-in's models, and the examples of its help and its page.
  /^stand-in\/models\/served_models\.ts$/,
  /^stand-in\/catalog\/unserved_models\.ts$/,
  /^stand-in\/control\/guide\.ts$/,
  /^stand-in\/README\.md$/,
  // The families and profiles that the IAM policy grants are data.
  /^aws-deployment\/(?:iam-policies\/)?[a-z-]+\.json$/,
  // The operator's command prints examples as its help.
  /^scripts\/switch-bedrock-model\.sh$/,
];

const modelId =
  /\b(?:amazon\.(?:nova|titan)|anthropic\.claude|meta\.llama|mistral\.[a-z]+al|openai\.gpt|qwen\.qwen|deepseek\.[rv]\d|cohere\.(?:command|embed)|minimax\.minimax)[\w.:-]*/;

const vendors = "claude|anthropic|nova|amazon|titan|llama|mistral|gpt|qwen|deepseek|cohere";

/** A test of a string for the name of a model, its family or its vendor. */
const nameTest = new RegExp(
  `\\.(?:includes|startsWith|endsWith|indexOf|match|search|split)\\(\\s*["'\`/][^)\\n]*(?:${vendors})` +
    `|/[^/\\n]*(?:${vendors})[^/\\n]*/[a-z]*\\s*\\.(?:test|exec)\\(`,
  "i",
);

Deno.test("no model id stands outside the data migration, tests, documentation and help texts", () => {
  const found = filesBelow().filter((path) => !allowed.some((pattern) => pattern.test(path)))
    .flatMap((path) => {
      const match = modelId.exec(readSource(path));
      return match === null ? [] : [`${path}: ${match[0]}`];
    });
  expect(found).toEqual([]);
});

Deno.test("the functions never ask a model id what family it belongs to", () => {
  const found = filesBelow("supabase/functions").filter((path) => path.endsWith(".ts"))
    .flatMap((path) => {
      // A media type of AWS's is no model id.
      const source = withoutComments(readSource(path)).replaceAll("application/vnd.amazon", "");
      const match = nameTest.exec(source);
      return match === null ? [] : [`${path}: ${match[0]}`];
    });
  expect(found).toEqual([]);
});

Deno.test("the patterns find what they are meant to find", () => {
  for (
    const id of [
      "eu.amazon.nova-pro-v1:0",
      "anthropic.claude-3-5-sonnet-20241022-v2:0",
      "eu.mistral.pixtral-large-2502-v1:0",
      "openai.gpt-oss-120b-1:0",
    ]
  ) expect(modelId.test(`const id = "${id}";`)).toBe(true);
  expect(modelId.test("an id such as anthropic.<name>")).toBe(false);
  for (
    const code of [
      'modelId.includes("claude")',
      'id.startsWith("eu.anthropic.")',
      "/nova/i.test(modelId)",
      "id.match(/claude-3/)",
    ]
  ) expect(nameTest.test(code)).toBe(true);
  expect(nameTest.test('model.format === "claude"')).toBe(false);
});
