/** Making roles, users and their keys. */
import { expect } from "@std/expect";
import { onlyLine } from "./only_line.ts";
import { SimulatedAws } from "./simulated_aws.ts";

const model = ["--models", "eu.amazon.nova-pro-v1:0"];

Deno.test("setup-bedrock-permissions.sh refuses a principal that is missing, and says what makes it", async () => {
  await using aws = new SimulatedAws();
  for (const kind of ["role", "user"]) {
    const result = await aws.setup([`--${kind}`, "nobody"]);
    expect(result.code).toBe(1);
    expect(onlyLine(result)).toBe(
      `there is no ${kind} nobody in the account 123456789012; correct the name, or create it with --create`,
    );
  }
  expect(aws.changes).toEqual([]);
});

Deno.test("setup-bedrock-permissions.sh --create makes a role that only the trusted may assume", async () => {
  await using aws = new SimulatedAws();
  const cases: [string, string[], unknown][] = [
    ["by-default", [], { Service: "lambda.amazonaws.com" }],
    ["by-arn", ["--trust", "arn:aws:iam::123456789012:user/ci"], {
      AWS: "arn:aws:iam::123456789012:user/ci",
    }],
  ];
  for (const [name, trust, principal] of cases) {
    const { code, stdout } = await aws.setup(["--create", "--role", name, ...trust, ...model]);
    expect(code).toBe(0);
    expect(stdout).toContain(`\nCreated arn:aws:iam::123456789012:role/${name}, which `);
    expect(stdout).not.toMatch(/SECRET|key for the functions/);
    expect(aws.iam.principals.get(`role/${name}`)?.trustPolicy).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
    });
  }
  aws.calls.length = 0;
  const again = await aws.setup(["--create", "--role", "by-default", ...model]);
  expect(again.stdout).toContain("Nothing was changed");
  expect(aws.changes).toEqual([]);
});

Deno.test("setup-bedrock-permissions.sh --create makes a user, and shows its access key once", async () => {
  await using aws = new SimulatedAws();
  const args = ["--create", "--user", "switchboard", ...model];
  const { code, stdout, stderr } = await aws.setup(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(
    "\nAWS_ACCESS_KEY_ID=AKIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=secret-access-key/of+a-test\n",
  );
  expect(stdout.split("secret-access-key").length).toBe(2);
  expect(aws.changes).toEqual([
    "iam create-user",
    "iam put-user-policy",
    "iam create-access-key",
  ]);
  aws.calls.length = 0;
  const again = await aws.setup(args);
  expect(again.code).toBe(0);
  expect(again.stdout).not.toContain("SECRET");
  expect(again.stdout).toContain("Nothing was changed");
  expect(aws.changes).toEqual([]);
});

Deno.test("setup-bedrock-permissions.sh --api-key makes a Bedrock API key, and allows its use", async () => {
  await using aws = new SimulatedAws();
  const args = ["--create", "--user", "switchboard", "--api-key", ...model];
  const { code, stdout } = await aws.setup(args);
  expect(code).toBe(0);
  expect(stdout).toContain("\nAWS_BEARER_TOKEN_BEDROCK=ABSKsecret-of-a-test\n");
  expect(stdout).toContain(
    "  allowed  GetAccountDataRetention, GetFoundationModel, ListFoundationModels, ListInferenceProfiles, CallWithBearerToken\n",
  );
  expect(aws.changes).not.toContain("iam create-access-key");
  const again = await aws.setup(args);
  expect(again.stdout).not.toContain("ABSK");
});

Deno.test("setup-bedrock-permissions.sh shows no key to a user that may not call the models", async () => {
  await using aws = new SimulatedAws();
  aws.iam.deniedRegions.add("eu-west-3");
  const result = await aws.setup(["--create", "--user", "switchboard", ...model]);
  expect(result.code).toBe(1);
  expect(aws.changes).not.toContain("iam create-access-key");
  expect(result.stdout).not.toContain("SECRET");
});

Deno.test("setup-bedrock-permissions.sh refuses a policy that is too large for the principal", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("user", "switchboard");
  const models = Array.from({ length: 40 }, (_, index) => `vendor.model-${index}`).join(",");
  const user = await aws.setup(["--user", "switchboard", "--models", models]);
  expect(user.code).toBe(1);
  expect(onlyLine(user)).toMatch(
    /^the policy has \d+ characters, and a user's inline policies may have 2048; .*use --role$/,
  );
  expect(aws.changes).toEqual([]);
});
