/** The policy allows what the functions call, and nothing else; judged by a library, not by us. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { firstRowsPath } from "../support/database_server.ts";
import { runCommand } from "../support/run_command.ts";
import { isAllowed, type Policy } from "./policy_evaluator.ts";
import { script } from "./simulated_aws.ts";

const account = "123456789012";
const invoke = [
  "bedrock:CountTokens",
  "bedrock:InvokeModel",
  "bedrock:InvokeModelWithResponseStream",
];
const fourRegions = ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"];
const sixRegions = [...fourRegions, "eu-south-1", "eu-south-2"];

/**
 * Where AWS may serve a model that is called from Frankfurt.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
 */
const destinations: Readonly<Record<string, readonly string[]>> = {
  "eu.amazon.nova-pro-v1:0": fourRegions,
  "eu.amazon.nova-lite-v1:0": fourRegions,
  "eu.amazon.nova-micro-v1:0": fourRegions,
  "eu.amazon.nova-2-lite-v1:0": sixRegions,
  "eu.anthropic.claude-haiku-5-5": sixRegions,
  "eu.anthropic.claude-sonnet-5-5": sixRegions,
  "eu.anthropic.claude-opus-5-5": sixRegions,
  "anthropic.claude-3-5-sonnet-20241022-v2:0": ["eu-central-1"],
  "anthropic.claude-3-sonnet-20240229-v1:0": ["eu-central-1"],
  "anthropic.claude-3-opus-20240229-v1:0": ["eu-central-1"],
  "anthropic.claude-3-haiku-20240307-v1:0": ["eu-central-1"],
};
const seeded = Object.keys(destinations);

async function printPolicy(...options: string[]): Promise<Policy> {
  const { code, stdout, stderr } = await runCommand("bash", [script, "--print-policy", ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout.replaceAll("ACCOUNT_ID", account));
}

const profileArn = (id: string, region = "eu-central-1", owner = account) =>
  `arn:aws:bedrock:${region}:${owner}:inference-profile/${id}`;
const modelArn = (id: string, region: string) =>
  `arn:aws:bedrock:${region}::foundation-model/${id}`;

/** Whether a call of a model succeeds wherever AWS may route it, with and without streaming. */
function mayCall(policy: Policy, id: string): boolean {
  const isProfile = id.startsWith("eu.");
  const inferenceProfileArn = isProfile ? profileArn(id) : undefined;
  const resources = [
    ...(isProfile ? [profileArn(id)] : []),
    ...destinations[id]!.map((region) => modelArn(id.replace(/^eu\./, ""), region)),
  ];
  const verdicts = invoke.flatMap((action) =>
    resources.map((resource) => isAllowed([policy], { action, resource, inferenceProfileArn }))
  );
  return verdicts.every(Boolean);
}

/** What no policy of ours may allow. */
function expectNothingElse(policy: Policy): void {
  const nova = "amazon.nova-pro-v1:0";
  const throughProfile = profileArn(`eu.${nova}`);
  const refused: [action: string, resource: string, through?: string][] = [
    ["bedrock:InvokeModel", profileArn(`eu.${nova}`, "eu-central-1", "999999999999")],
    ["bedrock:InvokeModel", profileArn(`eu.${nova}`, "eu-west-1")],
    ["bedrock:InvokeModel", profileArn(`us.${nova}`)],
    ["bedrock:InvokeModel", profileArn("global.anthropic.claude-opus-5-5")],
    ["bedrock:InvokeModel", modelArn("anthropic.claude-opus-5-5", "")],
    ["bedrock:InvokeModel", modelArn(nova, "us-east-1"), throughProfile],
    ["bedrock:InvokeModel", modelArn(nova, "eu-west-2"), throughProfile],
    ["bedrock:InvokeModel", modelArn(nova, "eu-north-1")],
    [
      "bedrock:InvokeModel",
      modelArn(nova, "eu-north-1"),
      profileArn(`eu.${nova}`, "eu-central-1", "999999999999"),
    ],
    ["bedrock:DeleteCustomModel", `arn:aws:bedrock:eu-central-1:${account}:custom-model/x`],
    ["bedrock:CreateModelCustomizationJob", "*"],
    ["bedrock:DeleteInferenceProfile", throughProfile],
    ["bedrock:PutModelInvocationLoggingConfiguration", "*"],
    ["iam:CreateAccessKey", "*"],
    ["iam:PutRolePolicy", `arn:aws:iam::${account}:role/medzen-bedrock-lambda`],
    ["sts:AssumeRole", "*"],
    ["s3:GetObject", "*"],
  ];
  for (const [action, resource, inferenceProfileArn] of refused) {
    const allowed = isAllowed([policy], { action, resource, inferenceProfileArn });
    expect({ action, resource, inferenceProfileArn, allowed }).toEqual({
      action,
      resource,
      inferenceProfileArn,
      allowed: false,
    });
  }
}

Deno.test("the models of this test are those of the migration with the first rows", () => {
  const rows = Deno.readTextFileSync(firstRowsPath);
  const inserted = rows.slice(0, rows.indexOf("insert into public.ai_assistants"));
  const ids = [...inserted.matchAll(/^ {2}\('([^']+)', '[^']+', '[^']+', '[^']+',$/gm)];
  expect(ids.map(([, id]) => id).sort()).toEqual([...seeded].sort());
});

Deno.test("the default policy allows each seeded model wherever AWS may serve it", async () => {
  const policy = await printPolicy();
  for (const id of seeded) expect([id, mayCall(policy, id)]).toEqual([id, true]);
  const actions = [
    "GetAccountDataRetention",
    "GetFoundationModel",
    "ListFoundationModels",
    "ListInferenceProfiles",
  ];
  for (const action of actions.map((name) => `bedrock:${name}`)) {
    expect(isAllowed([policy], { action, resource: "*" })).toBe(true);
  }
});

Deno.test("the default policy allows nothing else", async () => {
  const policy = await printPolicy();
  expectNothingElse(policy);
  for (const id of ["mistral.pixtral-large-2502-v1:0", "openai.gpt-oss-120b-1:0"]) {
    for (const resource of [profileArn(`eu.${id}`), modelArn(id, "eu-central-1")]) {
      expect(isAllowed([policy], { action: "bedrock:InvokeModel", resource })).toBe(false);
    }
  }
  const bearer = { action: "bedrock:CallWithBearerToken", resource: "*" };
  expect(isAllowed([policy], bearer)).toBe(false);
  expect(isAllowed([await printPolicy("--api-key")], bearer)).toBe(true);
});

Deno.test("no statement of the default policy can be spared", async () => {
  const policy = await printPolicy();
  for (const { Sid } of policy.Statement) {
    const less = { ...policy, Statement: policy.Statement.filter((other) => other.Sid !== Sid) };
    const suffices = seeded.every((id) => mayCall(less, id)) &&
      isAllowed([less], { action: "bedrock:ListFoundationModels", resource: "*" });
    expect([Sid, suffices]).toEqual([Sid, false]);
  }
});

Deno.test("--models allows exactly the models that it names", async () => {
  for (const id of seeded) {
    const policy = await printPolicy("--models", id);
    for (const other of seeded) {
      expect([id, other, mayCall(policy, other)]).toEqual([id, other, id === other]);
    }
    expectNothingElse(policy);
  }
  const both = await printPolicy("--models", seeded.join(","));
  expect(seeded.every((id) => mayCall(both, id))).toBe(true);
  expectNothingElse(both);
});

Deno.test("--all-models allows every vendor's models, and stays in the geography", async () => {
  const policy = await printPolicy("--all-models");
  for (const id of seeded) expect([id, mayCall(policy, id)]).toEqual([id, true]);
  const others = [
    profileArn("eu.mistral.pixtral-large-2502-v1:0"),
    modelArn("openai.gpt-oss-120b-1:0", "eu-central-1"),
  ];
  for (const resource of others) {
    expect(isAllowed([policy], { action: "bedrock:InvokeModel", resource })).toBe(true);
  }
  expectNothingElse(policy);
});

Deno.test("--guardrails allows applying exactly these, and no guardrail is allowed without it", async () => {
  const action = "bedrock:ApplyGuardrail";
  const guardrail = (id: string, region = "eu-central-1", owner = account) =>
    `arn:aws:bedrock:${region}:${owner}:guardrail/${id}`;
  const profile = `arn:aws:bedrock:eu-west-1:${account}:guardrail-profile/eu.guardrail.v1:0`;
  const policy = await printPolicy("--guardrails", `abc1, ${guardrail("def2")},${profile}`);
  for (const resource of [guardrail("abc1"), guardrail("def2"), profile]) {
    expect([resource, isAllowed([policy], { action, resource })]).toEqual([resource, true]);
  }
  const others = [
    guardrail("abc2"),
    guardrail("abc1", "eu-west-1"),
    guardrail("abc1", "eu-central-1", "999999999999"),
  ];
  for (const resource of others) {
    expect([resource, isAllowed([policy], { action, resource })]).toEqual([resource, false]);
  }
  expectNothingElse(policy);
  const without = JSON.stringify(await printPolicy());
  expect(without).not.toContain("uardrail");
  const elsewhere = await printPolicy("--region", "eu-west-3", "--guardrails", "abc1");
  expect(isAllowed([elsewhere], { action, resource: guardrail("abc1", "eu-west-3") })).toBe(true);
  const { code, stderr } = await runCommand("bash", [
    script,
    "--print-policy",
    "--guardrails",
    "abc1,*",
  ]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('"*" is neither the id of a guardrail'),
  ]);
});

Deno.test("the policy for families fits a user, and for all seeded models a role", async () => {
  const size = (policy: Policy) => JSON.stringify(policy).length;
  expect(size(await printPolicy("--api-key"))).toBeLessThanOrEqual(2048);
  expect(size(await printPolicy("--all-models", "--api-key"))).toBeLessThanOrEqual(2048);
  expect(size(await printPolicy("--models", seeded.join(",")))).toBeLessThanOrEqual(10240);
});

Deno.test("the policy from another region includes that region", async () => {
  const policy = await printPolicy("--region", "eu-west-2");
  const inferenceProfileArn = profileArn("eu.anthropic.claude-haiku-5-5", "eu-west-2");
  for (const region of [...sixRegions, "eu-west-2"]) {
    const resource = modelArn("anthropic.claude-haiku-5-5", region);
    expect(isAllowed([policy], { action: "bedrock:InvokeModel", resource, inferenceProfileArn }))
      .toBe(true);
  }
});

Deno.test("iam-policies/bedrock-models-access.json is the default policy", async () => {
  const path = join(projectRoot, "aws-deployment/iam-policies/bedrock-models-access.json");
  const { stdout } = await runCommand("bash", [script, "--print-policy"]);
  expect(Deno.readTextFileSync(path)).toBe(stdout);
});
