/** Real calls for one token. */
import { expect } from "@std/expect";
import { AwsError, CliError, optionOf } from "./cli_call.ts";
import { onlyLine } from "./only_line.ts";
import { caller, SimulatedAws } from "./simulated_aws.ts";

const nova = "eu.amazon.nova-pro-v1:0";

Deno.test("setup-bedrock-permissions.sh --probe calls each named model for one token", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  const args = ["--probe", "--models", `${nova},openai.gpt-oss-120b-1:0`];
  const { code, stdout } = await aws.setup(args);
  expect(code).toBe(0);
  expect(stdout).toContain(`\nReal calls for one token, as ${caller}\n`);
  expect(stdout).toContain(`  answered  ${nova} in eu-central-1  (1 input tokens, 1 output)\n`);
  const probes = aws.calls.filter(({ command }) => command === "bedrock-runtime converse");
  expect(probes.map((call) => optionOf(call, "model-id"))).toEqual([
    nova,
    "openai.gpt-oss-120b-1:0",
  ]);
  expect(probes.every(({ options }) => !options.has("profile"))).toBe(true);
});

Deno.test("setup-bedrock-permissions.sh --probe calls the cheapest of the families, once", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  const { code, stdout } = await aws.setup(["--probe-profile", "functions"]);
  expect(code).toBe(0);
  expect(stdout).toContain("\nReal calls for one token, with the AWS CLI profile functions\n");
  const probes = aws.calls.filter(({ command }) => command === "bedrock-runtime converse");
  expect(probes.map((call) => [optionOf(call, "model-id"), optionOf(call, "profile")])).toEqual([
    ["eu.amazon.nova-micro-v1:0", "functions"],
  ]);
});

Deno.test("setup-bedrock-permissions.sh --probe says what Bedrock's refusal means", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  const cases: [code: string, text: string, meaning: string][] = [
    [
      "AccessDeniedException",
      `User: ${caller} is not authorized to perform: bedrock:InvokeModel on resource: ` +
      "arn:aws:bedrock:eu-north-1::foundation-model/amazon.nova-pro-v1:0 because no " +
      "identity-based policy allows the bedrock:InvokeModel action",
      "access denied to the caller of the AWS CLI: User: ",
    ],
    [
      "AccessDeniedException",
      `User: ${caller} is not authorized to perform: bedrock:InvokeModel on resource: ` +
      "arn:aws:bedrock:eu-north-1::foundation-model/amazon.nova-pro-v1:0 with an explicit deny " +
      "in a service control policy",
      "a policy denies it explicitly",
    ],
    [
      "AccessDeniedException",
      "Model access is denied due to IAM user or service role is not authorized to perform the " +
      "required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, " +
      "aws-marketplace:Subscribe) to enable access to this model.",
      "the account has not subscribed to the model yet",
    ],
    [
      "AccessDeniedException",
      "Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument " +
      "must be provided.",
      "the account has no valid payment method",
    ],
    [
      "AccessDeniedException",
      "You don't have access to the model with the specified model ID.",
      "the account has no access to the model in this region",
    ],
    [
      "ResourceNotFoundException",
      "Model use case details have not been submitted for this account. Fill out the Anthropic " +
      "use case details form before using the model.",
      "fill out Anthropic's use case form",
    ],
    [
      "ResourceNotFoundException",
      "This model version has reached the end of its life. Please refer to the AWS " +
      "documentation for more details.",
      "AWS no longer serves this model",
    ],
    [
      "ResourceNotFoundException",
      "Access denied. This Model is marked by provider as Legacy and you have not been " +
      "actively using the model in the last 30 days.",
      "AWS no longer serves this model",
    ],
    [
      "ValidationException",
      "Invocation of model ID amazon.nova-pro-v1:0 with on-demand throughput isn’t supported. " +
      "Retry your request with the ID or ARN of an inference profile that contains this model.",
      "only through an inference profile",
    ],
    [
      "ValidationException",
      "The provided model identifier is invalid.",
      "the id does not exist in this region",
    ],
    [
      "ThrottlingException",
      "Too many tokens per day, please wait before trying again.",
      "tokens per day are used up",
    ],
    [
      "ThrottlingException",
      "Too many tokens, please wait before trying again.",
      "AWS throttled the call; try again in a minute",
    ],
  ];
  for (const [code, text, meaning] of cases) {
    aws.bedrock.refusals.set(nova, new AwsError(code, text));
    const result = await aws.setup(["--probe", "--models", nova]);
    expect(result.code).toBe(1);
    const line = onlyLine(result);
    expect(line).toContain(`the call of ${nova} in eu-central-1 failed: `);
    expect(line).toContain(meaning);
    expect(line).toContain(text);
  }
});

Deno.test("setup-bedrock-permissions.sh --probe-profile says when the profile does not exist", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  aws.instead.set(
    "bedrock-runtime converse",
    new CliError(255, "The config profile (functions) could not be found"),
  );
  const result = await aws.setup(["--probe-profile", "functions", "--models", nova]);
  expect(result.code).toBe(1);
  expect(onlyLine(result)).toContain("The config profile (functions) could not be found");
});
