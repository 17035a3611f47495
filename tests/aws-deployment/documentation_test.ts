/** docs/aws.md says of each refusal of AWS what the functions make of it. */
import { expect } from "@std/expect";
import { toBedrockError } from "../../supabase/functions/_shared/bedrock/bedrock_error.ts";
import { bedrockErrorRules } from "../../supabase/functions/_shared/bedrock/bedrock_error_rules.ts";
import { blocksRunBy } from "../support/printed_commands.ts";
import { readSource } from "../support/source_files.ts";
import { LocalServer } from "../support/local_server.ts";
import { SimulatedAws } from "./simulated_aws.ts";

const path = "tests/aws-deployment/documentation_test.ts";

const registryRow = (model_id: string) => ({
  model_id,
  region: null,
  is_available: true,
  serves_pinned: true,
  lifecycle: "active",
});

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

Deno.test("the commands of the IAM script run in their order, from the root of the project", async () => {
  await using aws = new SimulatedAws();
  const script = blocksRunBy(path, "docs/aws.md").map(({ text }) => text).join("\n");
  expect(script.split("\n")).toHaveLength(5);
  const { code, stdout, stderr } = await aws.shell(script);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(
    "arn:aws:bedrock:eu-central-1:ACCOUNT_ID:inference-profile/eu.amazon.nova",
  );
  expect(stdout).toContain("Nothing was changed");
  expect(stdout).toContain('"arn:aws:bedrock:eu-central-1:ACCOUNT_ID:guardrail/abc123"');
  expect(aws.changes).toEqual([
    ...["iam create-user", "iam put-user-policy", "iam create-access-key"],
    "iam delete-user-policy",
  ]);
});

Deno.test("before-you-open's permissions are exactly those of a registry", async () => {
  const models = ["eu.amazon.nova-pro-v1:0", "eu.anthropic.claude-haiku-5-5"];
  await using project = new LocalServer(() =>
    Response.json({ success: true, models: models.map(registryRow), assistants: [] })
  );
  await using aws = new SimulatedAws();
  const { policies } = aws.iam.add("user", "bedrock-switchboard");
  const [block, ...others] = blocksRunBy(path, "docs/before-you-open.md");
  expect(others).toEqual([]);
  const { code, stderr } = await aws.shell(block!.text, {
    SUPABASE_URL: project.url,
    SUPABASE_SERVICE_KEY: "sb_secret_of-a-test",
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(aws.changes).toEqual(["iam put-user-policy"]);
  const profiles = [...policies.values()].flatMap(({ Statement }) => Statement)
    .flatMap(({ Resource }) => Resource).filter((arn) => arn.includes(":inference-profile/"))
    .map((arn) => arn.split("/")[1]);
  expect(new Set(profiles)).toEqual(new Set(models));
});

Deno.test("the printed policy needs no AWS CLI", async () => {
  await using aws = new SimulatedAws();
  const { code } = await aws.shell("./aws-deployment/setup-bedrock-permissions.sh --print-policy");
  expect([code, aws.calls]).toEqual([0, []]);
});

Deno.test("docs/aws.md uses only options that the script has", () => {
  const help = readSource("aws-deployment/setup-bedrock-permissions.sh");
  const ours = readSource("docs/aws.md").split("\n")
    .filter((line) => !/deno task|supabase@|jq |aws iam |curl|-H /.test(line))
    .flatMap((line) => [...line.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option));
  expect(new Set(ours).size).toBeGreaterThan(8);
  expect(ours.filter((option) => !help.includes(`  ${option} `) && !help.includes(`${option})`)))
    .toEqual([]);
});
