/** Least privilege for what the registry names. */
import { expect } from "@std/expect";
import { LocalServer } from "../support/local_server.ts";
import { onlyLine } from "./only_line.ts";
import { SimulatedAws } from "./simulated_aws.ts";

const key = "sb_secret_of-a-test";

function row(model_id: string, more: Record<string, unknown> = {}) {
  return {
    model_id,
    region: null,
    is_available: true,
    serves_pinned: true,
    lifecycle: "active",
    ...more,
  };
}

Deno.test("--registry-models grants what the functions may call, in the region of each row", async () => {
  const requests: [string | null, unknown][] = [];
  await using project = new LocalServer(async (request) => {
    requests.push([request.headers.get("authorization"), await request.json()]);
    return Response.json({
      success: true,
      models: [
        row("eu.amazon.nova-pro-v1:0"),
        row("eu.amazon.nova-micro-v1:0", { region: "eu-west-3" }),
        row("anthropic.claude-3-5-sonnet-20241022-v2:0", { is_available: false }),
        row("vendor.stopped", { is_available: false, serves_pinned: false }),
        row("vendor.retired", { lifecycle: "retired" }),
      ],
      assistants: [
        { guardrail_id: "abc1" },
        { guardrail_id: null },
        { guardrail_id: "arn:aws:bedrock:eu-west-1:123456789012:guardrail/def2" },
      ],
    });
  });
  await using aws = new SimulatedAws();
  const { policies } = aws.iam.add("role", "medzen-bedrock-lambda");
  const { code, stderr, stdout } = await aws.setup(["--registry-models"], {
    SUPABASE_URL: `${project.url}/`,
    SUPABASE_SERVICE_KEY: key,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(requests).toEqual([
    [`Bearer ${key}`, { action: "list" }],
    [`Bearer ${key}`, { action: "list-assistants" }],
  ]);
  // A guardrail is applied where the model is called.
  expect(stdout).toContain(
    "  allowed  ApplyGuardrail  arn:aws:bedrock:eu-west-3:123456789012:guardrail/abc1\n",
  );
  expect(stdout).toContain("\neu.amazon.nova-micro-v1:0, called from eu-west-3\n");
  const granted = policies.get("bedrock-models-access")!.Statement
    .flatMap(({ Resource }) => Resource.map((arn) => arn.split(":").slice(3).join(":")));
  expect(granted.sort()).toEqual([
    "", // the actions of no one model
    "eu-central-1:123456789012:guardrail/abc1",
    "eu-central-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0",
    "eu-central-1::foundation-model/amazon.nova-micro-v1:0",
    "eu-central-1::foundation-model/amazon.nova-pro-v1:0",
    "eu-central-1::foundation-model/anthropic.claude-3-5-sonnet-20241022-v2:0",
    "eu-north-1::foundation-model/amazon.nova-micro-v1:0",
    "eu-north-1::foundation-model/amazon.nova-pro-v1:0",
    "eu-west-1:123456789012:guardrail/def2",
    "eu-west-1::foundation-model/amazon.nova-micro-v1:0",
    "eu-west-1::foundation-model/amazon.nova-pro-v1:0",
    "eu-west-3:123456789012:guardrail/abc1",
    "eu-west-3:123456789012:inference-profile/eu.amazon.nova-micro-v1:0",
    "eu-west-3::foundation-model/amazon.nova-micro-v1:0",
    "eu-west-3::foundation-model/amazon.nova-pro-v1:0",
  ]);
});

Deno.test("--registry-models says in one line why the registry did not answer", async () => {
  await using aws = new SimulatedAws();
  aws.iam.add("role", "medzen-bedrock-lambda");
  let answer = () => new Response("<html>");
  await using project = new LocalServer(() => answer());
  const env = { SUPABASE_URL: project.url, SUPABASE_SERVICE_KEY: key };
  const cases: [() => Response, string][] = [
    [() => new Response("<html>"), "the answer does not come from manage-bedrock-models"],
    [() => Response.json({ success: true }), "the answer does not come from manage-bedrock-models"],
    [
      () => Response.json({ success: false, error: { message: "Not for you." } }, { status: 403 }),
      `the registry at ${project.url} did not list its models: Not for you.`,
    ],
    [
      () => Response.json({ success: true, models: [row("eu.amazon.nova-pro-v1:0")] }),
      "did not list its assistants: the answer does not come from manage-bedrock-models",
    ],
    [() => Response.json({ success: true, models: [], assistants: [] }), "no models to grant"],
    [
      () =>
        Response.json({
          success: true,
          models: [row("eu.amazon.nova-ultra-v9:0")],
          assistants: [],
        }),
      "eu.amazon.nova-ultra-v9:0 is not an inference profile that can be called from eu-central-1",
    ],
  ];
  for (const [next, message] of cases) {
    answer = next;
    const result = await aws.setup(["--registry-models"], env);
    expect(result.code).toBe(1);
    expect(onlyLine(result)).toContain(message);
  }
  const unreachable = { ...env, SUPABASE_URL: "http://127.0.0.1:9" };
  const unanswered = await aws.setup(["--registry-models"], unreachable);
  expect(onlyLine(unanswered)).toContain("failed (curl exit status 7)");
  expect(aws.changes).toEqual([]);
});

Deno.test("--registry-models needs a project's URL and key, and refuses what is neither", async () => {
  await using aws = new SimulatedAws();
  const cases: [Record<string, string>, string][] = [
    [{}, "--registry-models needs SUPABASE_URL"],
    [{ SUPABASE_URL: "http://x" }, "--registry-models needs SUPABASE_SERVICE_KEY"],
    [
      { SUPABASE_URL: "http://x", SUPABASE_SERVICE_KEY: 'a"b' },
      "SUPABASE_SERVICE_KEY contains an invalid character",
    ],
    [{ SUPABASE_URL: "x", SUPABASE_SERVICE_KEY: key }, "must begin with http:// or https://"],
    [
      { SUPABASE_URL: 'http://x"\noutput = "/tmp/x', SUPABASE_SERVICE_KEY: key },
      "SUPABASE_URL contains an invalid character",
    ],
  ];
  for (const [env, message] of cases) {
    const result = await aws.setup(["--registry-models"], env);
    expect(onlyLine(result)).toContain(message);
    expect(result.code).toBe(1);
  }
  expect(aws.calls).toEqual([]);
});
