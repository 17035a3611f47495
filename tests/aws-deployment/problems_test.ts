/** What goes wrong outside the script: one line that says what to do, and no half-done silence. */
import { expect } from "@std/expect";
import { AwsError, CliError, type CliResult } from "./cli_call.ts";
import { onlyLine } from "./only_line.ts";
import { caller, SimulatedAws } from "./simulated_aws.ts";

const model = ["--models", "eu.amazon.nova-pro-v1:0"];
const denied = (action: string) =>
  new AwsError(
    "AccessDenied",
    `User: ${caller} is not authorized to perform: ${action} on resource: x because no ` +
      `identity-based policy allows the ${action} action`,
  );

Deno.test("setup-bedrock-permissions.sh reports failed credentials of the AWS CLI in one line", async () => {
  await using aws = new SimulatedAws();
  const cases: [AwsError | CliError, string][] = [
    [
      new CliError(
        253,
        'Unable to locate credentials. You can configure credentials by running "aws configure".',
      ),
      'the AWS CLI is not signed in; run "aws configure" or "aws sso login", or set AWS_PROFILE',
    ],
    [
      new CliError(255, "Error loading SSO Token: Token for acme does not exist"),
      'the sign-in of the AWS CLI has expired; run "aws sso login"',
    ],
    [
      new CliError(255, "The config profile (nope) could not be found"),
      "The config profile (nope) could not be found",
    ],
    [
      new AwsError("ExpiredToken", "The security token included in the request is expired"),
      "AWS rejected the credentials of the AWS CLI; sign in again",
    ],
    [
      new AwsError(
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
      ),
      "AWS rejected the credentials of the AWS CLI; sign in again",
    ],
    [
      new CliError(255, 'Could not connect to the endpoint URL: "https://sts.amazonaws.com/"'),
      "AWS cannot be reached; check the network and --region",
    ],
  ];
  for (const [error, message] of cases) {
    aws.instead.set("sts get-caller-identity", error);
    const result = await aws.setup();
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 1, stdout: "" });
    expect(onlyLine(result)).toContain(
      `cannot identify the caller of the AWS CLI: ${message}`,
    );
  }
});

Deno.test("setup-bedrock-permissions.sh says at which step access is denied", async () => {
  const cases: [command: string, action: string, args: string[], message: string][] = [
    ["iam get-role", "iam:GetRole", [], "cannot look up the role medzen-bedrock-lambda"],
    ["iam get-role-policy", "iam:GetRolePolicy", [], "cannot read the policy of the role"],
    ["iam put-role-policy", "iam:PutRolePolicy", [], "cannot attach the policy to the role"],
    ["iam delete-role-policy", "iam:DeleteRolePolicy", ["--remove"], "cannot remove the policy"],
    [
      "iam simulate-principal-policy",
      "iam:SimulatePrincipalPolicy",
      [],
      "cannot simulate the permissions of arn:aws:iam::123456789012:role/medzen-bedrock-lambda",
    ],
    ["iam create-role", "iam:CreateRole", ["--create", "--role", "new"], "cannot create the role"],
    ["iam create-user", "iam:CreateUser", ["--create", "--user", "new"], "cannot create the user"],
    [
      "iam create-access-key",
      "iam:CreateAccessKey",
      ["--create", "--user", "new"],
      "cannot create an access key for the user new",
    ],
    [
      "bedrock list-foundation-models",
      "bedrock:ListFoundationModels",
      [],
      "AWS does not list its models in eu-central-1",
    ],
  ];
  for (const [command, action, args, message] of cases) {
    await using aws = new SimulatedAws();
    aws.iam.add("role", "medzen-bedrock-lambda");
    aws.instead.set(command, denied(action));
    const result = await aws.setup(args.includes("--remove") ? args : [...args, ...model]);
    expect(result.code).toBe(1);
    const line = onlyLine(result);
    expect(line).toContain(message);
    expect(line).toContain(
      `: access denied to the caller of the AWS CLI: User: ${caller} is not ` +
        `authorized to perform: ${action} `,
    );
  }
});

Deno.test("setup-bedrock-permissions.sh reads the errors of every CLI version", async () => {
  await using aws = new SimulatedAws();
  const cases: [CliResult, string][] = [
    [
      {
        code: 254,
        text: "An error occurred (Throttling) when calling the GetRole operation " +
          "(reached max retries: 2): Rate exceeded",
      },
      "cannot look up the role medzen-bedrock-lambda: AWS throttled the call; try again in a minute " +
      "(Rate exceeded)",
    ],
    [
      {
        code: 254,
        text: "aws: [ERROR]: An error occurred (NoSuchEntity) when calling the GetRole " +
          "operation: The role with name x cannot be found.",
      },
      "there is no role medzen-bedrock-lambda in the account 123456789012",
    ],
    [
      {
        code: 252,
        text: "usage: aws [options] <command>\naws: error: argument operation: Invalid choice",
      },
      "this AWS CLI does not know the command; install a current AWS CLI v2",
    ],
    [{ code: 1, text: "" }, "the AWS CLI ended with exit status 1"],
    [
      { code: 255, text: "Out\u001b[31mch" },
      "cannot look up the role medzen-bedrock-lambda: Out [31mch",
    ],
  ];
  for (const [error, message] of cases) {
    aws.instead.set("iam get-role", error);
    const result = await aws.setup();
    expect(result.code).toBe(1);
    expect(onlyLine(result)).toContain(message);
  }
});

Deno.test("setup-bedrock-permissions.sh says that a throttled simulation proved nothing", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  aws.instead.set("iam simulate-principal-policy", new AwsError("Throttling", "Rate exceeded"));
  const result = await aws.setup(model);
  expect(result.code).toBe(1);
  expect(onlyLine(result)).toMatch(
    /^cannot simulate .*: AWS throttled the call; try again in a minute/,
  );
  expect(result.stdout).not.toContain("allowed");
});

Deno.test("setup-bedrock-permissions.sh says that the principal's other policies leave no room", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  aws.instead.set(
    "iam put-role-policy",
    new AwsError("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role x"),
  );
  const result = await aws.setup(model);
  expect(result.code).toBe(1);
  expect(onlyLine(result)).toContain("turn one of those into a managed policy");
});

Deno.test("setup-bedrock-permissions.sh refuses unexpected answers of AWS", async () => {
  const commands = [
    "sts get-caller-identity",
    "iam get-role",
    "bedrock list-inference-profiles",
    "bedrock list-foundation-models",
    "iam simulate-principal-policy",
    "bedrock-runtime converse",
  ];
  for (const command of commands) {
    for (const text of ["{}", "<html>", ""]) {
      await using aws = new SimulatedAws();
      aws.iam.add("role", "medzen-bedrock-lambda");
      aws.instead.set(command, { code: 0, text });
      const result = await aws.setup(["--probe", ...model]);
      expect(result.code).toBe(1);
      expect(onlyLine(result)).toContain(`unexpected answer of "aws ${command}"`);
    }
  }
});

Deno.test("setup-bedrock-permissions.sh counts what AWS did not simulate as denied", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  aws.instead.set("iam simulate-principal-policy", { code: 0, text: '{"EvaluationResults": []}' });
  const result = await aws.setup(model);
  expect(result.code).toBe(1);
  expect(onlyLine(result)).toContain("14 of 14 calls are denied: ");
});

Deno.test("setup-bedrock-permissions.sh takes the profiles that it knows when AWS does not list them", async () => {
  await using aws = new SimulatedAws();
  const { policies } = aws.iam.add("role", "medzen-bedrock-lambda");
  aws.instead.set("bedrock list-inference-profiles", denied("bedrock:ListInferenceProfiles"));
  const { code, stdout, stderr } = await aws.setup(model);
  const [note, problem] = stderr.split("\n");
  expect(note).toContain("note: AWS does not list its inference profiles in eu-central-1: access");
  expect(note).toContain("; taking those of 2026-10-07");
  expect(stdout).toContain("All 14 calls are allowed.");
  expect(policies.size).toBe(1);
  // The last step, the list, has failed all the same.
  expect(problem).toContain("AWS does not list its inference profiles in eu-central-1");
  expect(code).toBe(1);

  const elsewhere = await aws.setup(["--region", "us-east-1"]);
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.stderr).toContain(
    "no inference profile that can be called from us-east-1 is known; AWS does not list",
  );
});

Deno.test("setup-bedrock-permissions.sh refuses to grant what cannot be called", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  const cases: [string, string][] = [
    [" , ", "no models to grant"],
    ["eu.amazon.nova-ultra-v9:0", "eu.amazon.nova-ultra-v9:0 is not an inference profile"],
    ["us.amazon.nova-pro-v1:0", "is not an inference profile that can be called from eu-central-1"],
    ["a*", '"a*" is not a model id'],
    ["arn:aws:bedrock:eu-central-1:1:provisioned-model/x", "is an ARN; this script grants"],
  ];
  for (const [models, message] of cases) {
    const result = await aws.setup(["--models", models]);
    expect(result.code).toBe(1);
    expect(onlyLine(result)).toContain(message);
  }
  expect(aws.changes).toEqual([]);
});
