/** docs/aws.md says of each refusal of AWS what the functions make of it. */
import { expect } from "@std/expect";
import { toBedrockError } from "../../supabase/functions/_shared/bedrock/bedrock_error.ts";
import { bedrockErrorRules } from "../../supabase/functions/_shared/bedrock/bedrock_error_rules.ts";
import { readSource } from "../support/source_files.ts";

const rows = [...readSource("docs/aws.md").matchAll(/^\| (\w+): `(.+?)` +\| `(\w+)` +\| .+ \|$/gm)]
  .map(([, name = "", text = "", code = ""]) => ({ name, text, code }));

Deno.test("docs/aws.md names the code that the functions answer to each text of AWS", () => {
  expect(rows.length).toBeGreaterThan(25);
  for (const { name, text, code } of rows) {
    const error = Object.assign(new Error(text), { name });
    expect([text, toBedrockError(error, "X").code]).toEqual([text, code]);
  }
});

Deno.test("docs/aws.md has a row for every code that AWS's texts lead to", () => {
  const documented = new Set(rows.map(({ code }) => code));
  const codes = bedrockErrorRules.filter(({ texts }) => texts !== undefined)
    .map(({ code }) => code);
  expect(codes.filter((code) => !documented.has(code))).toEqual([]);
});

Deno.test("docs/aws.md uses only options that the script has", () => {
  const help = readSource("aws-deployment/setup-bedrock-permissions.sh");
  const ours = readSource("docs/aws.md").split("\n")
    .filter((line) => !/deno task|supabase |aws iam |curl|-H /.test(line))
    .flatMap((line) => [...line.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option));
  expect(new Set(ours).size).toBeGreaterThan(8);
  expect(ours.filter((option) => !help.includes(`  ${option} `) && !help.includes(`${option})`)))
    .toEqual([]);
});
