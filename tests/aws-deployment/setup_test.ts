/** The whole run: principal, policy, verification, list. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { findProgram, runCommand } from "../support/run_command.ts";
import { AwsError } from "./cli_call.ts";
import { onlyLine } from "./only_line.ts";
import { caller, script, SimulatedAws } from "./simulated_aws.ts";

const role = "medzen-bedrock-lambda";
const policyName = "bedrock-models-access";

Deno.test("setup-bedrock-permissions.sh attaches the policy, verifies it, and lists the models", async () => {
  await using aws = new SimulatedAws();
  const { policies } = aws.iam.add("role", role);
  const { code, stdout, stderr } = await aws.setup();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(aws.changes).toEqual(["iam put-role-policy"]);
  expect([...policies.keys()]).toEqual([policyName]);
  expect(stdout).toContain(`Signed in as ${caller}\n`);
  expect(stdout).toMatch(/\nAttached \(\d+ of 10240 characters\)\n/);
  // Two actions on each profile and on the model in each of its regions, and three that read.
  expect(stdout).toContain(`\nAll ${2 * (1 + 5 + 5 + 7) + 4} calls are allowed.\n`);
  expect(stdout).toContain(
    "  allowed  InvokeModel, InvokeModelWithResponseStream  " +
      "arn:aws:bedrock:eu-south-2::foundation-model/anthropic.claude-haiku-5-5\n",
  );
  expect(stdout).toMatch(/\neu\.amazon\.nova-pro-v1:0 +Model amazon\S+ +ACTIVE +granted\n/);
  expect(stdout).toMatch(/\nanthropic\.claude-3-5-sonnet-\S+ +Model \S+ +LEGACY +granted\n/);
  for (const id of ["eu.mistral.pixtral", "global.anthropic.claude-haiku", "openai.gpt-oss"]) {
    expect(stdout).toMatch(new RegExp(`\n${id}.* -\n`));
  }
  expect(stdout).not.toContain("Nothing was changed");
});

Deno.test("setup-bedrock-permissions.sh prints the default role, account, region and changes first", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", role);
  aws.instead.set("iam put-role-policy", new AwsError("AccessDenied", "No."));
  const refused = await aws.setup();
  expect(refused.code).toBe(1);
  // What is printed before the first write stands there although that write fails.
  const place = `Account 123456789012, region eu-central-1, role ${role}`;
  const attach = `Will attach the policy ${policyName} to the role ${role}\n`;
  expect(refused.stdout).toContain(
    `${place} (the default; --role or --user names another)\n${attach}\n1. `,
  );
  const named = await aws.setup(["--role", role]);
  expect(named.stdout).toContain(`${place}\n${attach}\n1. `);

  aws.instead.clear();
  await aws.setup();
  aws.instead.set("iam delete-role-policy", new AwsError("AccessDenied", "No."));
  const kept = await aws.setup(["--remove"]);
  expect(kept.code).toBe(1);
  expect(kept.stdout).toContain(
    `Will remove the policy ${policyName} from arn:aws:iam::123456789012:role/${role}\n`,
  );
});

Deno.test("setup-bedrock-permissions.sh simulates each profile's calls as calls through it", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", role);
  await aws.setup(["--models", "eu.amazon.nova-pro-v1:0,openai.gpt-oss-120b-1:0"]);
  const simulations = aws.calls.filter(({ command }) => command === "iam simulate-principal-policy")
    .map(({ options }) => ({
      actions: options.get("action-names"),
      resources: options.get("resource-arns"),
      context: options.get("context-entries"),
    }));
  const actions = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
  const profile = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/" +
    "eu.amazon.nova-pro-v1:0";
  expect(simulations).toEqual([
    {
      actions,
      resources: [
        profile,
        "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-pro-v1:0",
        "arn:aws:bedrock:eu-north-1::foundation-model/amazon.nova-pro-v1:0",
        "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0",
        "arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-pro-v1:0",
      ],
      context: [
        "ContextKeyName=bedrock:InferenceProfileArn," +
        `ContextKeyValues=${profile},ContextKeyType=string`,
      ],
    },
    {
      actions,
      resources: ["arn:aws:bedrock:eu-central-1::foundation-model/openai.gpt-oss-120b-1:0"],
      context: undefined,
    },
    {
      actions: [
        "bedrock:GetAccountDataRetention",
        "bedrock:GetFoundationModel",
        "bedrock:ListFoundationModels",
        "bedrock:ListInferenceProfiles",
      ],
      resources: ["*"],
      context: undefined,
    },
  ]);
});

Deno.test("setup-bedrock-permissions.sh changes nothing when it runs again, and says so", async () => {
  await using aws = new SimulatedAws();
  const { policies } = aws.iam.add("role", role);
  await aws.setup();
  const before = structuredClone([...policies]);
  aws.calls.length = 0;
  const { code, stdout } = await aws.setup();
  expect(code).toBe(0);
  expect(aws.changes).toEqual([]);
  expect([...policies]).toEqual(before);
  expect(stdout).toContain("\nAlready attached, unchanged (");
  expect(stdout).toMatch(/\nDone\. Nothing was changed\.\n$/);
});

Deno.test("setup-bedrock-permissions.sh replaces the policy when AWS adds a region to a profile", async () => {
  await using aws = new SimulatedAws();
  const { policies } = aws.iam.add("role", role);
  await aws.setup();
  aws.bedrock.profiles.push({
    id: "eu.amazon.nova-lite-v1:0",
    destinations: ["eu-central-1", "eu-central-9"],
  });
  const { code, stdout } = await aws.setup();
  expect(code).toBe(0);
  expect(stdout).toContain("\nReplaced (");
  expect(JSON.stringify(policies.get(policyName))).toContain(
    "arn:aws:bedrock:eu-central-9::foundation-model/amazon.nova-*",
  );
});

Deno.test("setup-bedrock-permissions.sh names the destination region that is denied", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", role);
  aws.iam.deniedRegions.add("eu-north-1");
  for (const nested of [false, true]) {
    aws.iam.nestsResources = nested;
    const { code, stdout, stderr } = await aws.setup(["--models", "eu.amazon.nova-pro-v1:0"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "setup-bedrock-permissions.sh: 2 of 14 calls are denied: " +
        "amazon.nova-pro-v1:0 in eu-north-1: denied by a policy of the organization\n",
    });
    expect(stdout).toContain(
      "  DENIED   InvokeModel, InvokeModelWithResponseStream  " +
        "arn:aws:bedrock:eu-north-1::foundation-model/amazon.nova-pro-v1:0  " +
        "(denied by a policy of the organization)\n",
    );
    expect(stdout).toContain("  allowed  InvokeModel, InvokeModelWithResponseStream  arn:aws:");
  }
});

Deno.test("setup-bedrock-permissions.sh waits until IAM knows of a change, and no longer than that", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", role);
  aws.iam.staleSimulations = 2;
  const { code } = await aws.setup(["--models", "eu.amazon.nova-pro-v1:0"]);
  expect({ code, slept: aws.slept }).toEqual({ code: 0, slept: ["5", "5"] });

  aws.slept.length = 0;
  aws.iam.staleSimulations = 99;
  const unchanged = await aws.setup(["--models", "eu.amazon.nova-pro-v1:0"]);
  expect({ code: unchanged.code, slept: aws.slept }).toEqual({ code: 1, slept: [] });
  expect(unchanged.stderr).toContain("not allowed by any policy");
});

Deno.test("setup-bedrock-permissions.sh --dry-run prints the policy and changes nothing", async () => {
  await using aws = new SimulatedAws();
  const absent = await aws.setup(["--dry-run", "--create"]);
  expect(absent.code).toBe(0);
  expect(absent.stdout).toContain(
    `\nWould create the role ${role}, which lambda.amazonaws.com may assume\n`,
  );
  const user = await aws.setup(["--dry-run", "--create", "--user", "switchboard"]);
  expect(user.stdout).toContain(
    "\nWould create the user switchboard with an access key, printed once\n",
  );
  const { policies } = aws.iam.add("role", role);
  const { code, stdout } = await aws.setup(["--dry-run"]);
  expect({ code, changes: aws.changes }).toEqual({ code: 0, changes: [] });
  expect(stdout).toContain(`\nWould attach the policy ${policyName} to the role ${role}:\n`);
  const printed = JSON.parse(stdout.slice(stdout.indexOf("\n{"), stdout.indexOf("\n}\n") + 2));
  expect(stdout).toMatch(/Would then simulate 40 calls .* Nothing was changed\.\n$/);

  await aws.setup();
  expect(policies.get(policyName)).toEqual(printed);
  const again = await aws.setup(["--dry-run"]);
  expect(again.stdout).toContain(
    `is already attached to arn:aws:iam::123456789012:role/${role}, unchanged:\n`,
  );
  const narrower = await aws.setup(["--dry-run", "--models", "eu.amazon.nova-pro-v1:0"]);
  expect(narrower.stdout).toContain("\nWould replace the policy ");
  expect(policies.get(policyName)).toEqual(printed);
});

Deno.test("setup-bedrock-permissions.sh --remove removes the policy and nothing else", async () => {
  await using aws = new SimulatedAws();
  const { policies } = aws.iam.add("role", role);
  policies.set("another", { Version: "2012-10-17", Statement: [] });
  await aws.setup(["--models", "eu.amazon.nova-pro-v1:0"]);
  aws.calls.length = 0;

  const dry = await aws.setup(["--remove", "--dry-run"]);
  expect(dry.stdout).toContain(`Would remove the policy ${policyName} from `);
  expect(aws.changes).toEqual([]);
  const { code, stdout } = await aws.setup(["--remove"]);
  expect(code).toBe(0);
  expect(stdout).toContain(`Removed the policy ${policyName} from `);
  expect([...policies.keys()]).toEqual(["another"]);
  const again = await aws.setup(["--remove"]);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain("nothing was changed");
  expect(aws.changes).toEqual(["iam delete-role-policy", "iam delete-role-policy"]);
  expect(onlyLine(await aws.setup(["--remove", "--role", "nobody"]))).toBe(
    "there is no role nobody in the account 123456789012",
  );
});

Deno.test("setup-bedrock-permissions.sh names a missing program", async () => {
  const programs = Deno.makeTempDirSync();
  try {
    const run = () => runCommand(findProgram("bash"), [script], { PATH: programs });
    expect(onlyLine(await run())).toBe("jq is required but not installed");
    for (const name of ["jq", "mktemp", "rm"]) {
      Deno.symlinkSync(findProgram(name), join(programs, name));
    }
    expect(onlyLine(await run())).toContain(
      "the AWS CLI is required but not installed; see https://",
    );
    expect((await run()).code).toBe(1);
  } finally {
    Deno.removeSync(programs, { recursive: true });
  }
});

Deno.test("setup-bedrock-permissions.sh shows its usage", async () => {
  await using aws = new SimulatedAws();
  const { code, stdout, stderr } = await aws.setup(["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("default medzen-bedrock-lambda");
  expect(aws.calls).toEqual([]);
});

Deno.test("setup-bedrock-permissions.sh refuses an invalid command line", async () => {
  await using aws = new SimulatedAws();
  const cases: [string[], string][] = [
    [["--loud"], "unknown argument --loud"],
    [["medzen"], "unknown argument medzen"],
    [["--role"], "--role needs a value"],
    [["--role", ""], "--role needs a value"],
    [["--role", "--create"], "--role needs a value, but --create follows"],
    [["--role", "a", "--user", "b"], "name one role or one user"],
    [["--role", "a b"], "a b is not a valid name of a role"],
    [["--region", "frankfurt"], "frankfurt is not an AWS region"],
    [["--models", "a", "--all-models"], "cannot be combined"],
    [["--trust", "lambda.amazonaws.com"], "--trust needs --create and a role"],
    [["--create", "--trust", "me"], "me is neither an AWS service nor the ARN of a principal"],
    [["--remove", "--create"], "--remove can be combined with"],
    [["--print-policy", "--registry-models"], "--print-policy makes no calls"],
  ];
  for (const [args, message] of cases) {
    const result = await aws.setup(args);
    expect(onlyLine(result)).toContain(message);
    expect(result.code).toBe(2);
  }
  expect(aws.calls).toEqual([]);
});
