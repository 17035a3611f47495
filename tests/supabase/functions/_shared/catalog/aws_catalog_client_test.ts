import { expect } from "@std/expect";
import {
  readAwsCatalog,
  type ReadCatalogOptions,
} from "../../../../../supabase/functions/_shared/catalog/aws_catalog_client.ts";
import {
  type BedrockConfig,
  readCatalogConfig,
} from "../../../../../supabase/functions/_shared/bedrock/bedrock_config.ts";
import type { ErrorCode } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { compareCatalog } from "../../../../../supabase/functions/_shared/catalog/compare_catalog.ts";
import { filesBelow, readSource } from "../../../../support/source_files.ts";
import { modelRow } from "../model_row.ts";
import { standInApiKey, standInCredentials, withStandIn } from "../bedrock/stand_in.ts";

const region = "eu-central-1";
const auth = { kind: "key-pair", ...standInCredentials, sessionToken: null } as const;

function read(endpoint: string, options: Partial<ReadCatalogOptions> = {}) {
  return readAwsCatalog({ config: { region, endpoint, auth }, fetch, ...options });
}

/** A server that answers as a test says, for what the stand-in would never answer. */
async function withServer(
  answer: (url: URL) => Response | Promise<Response>,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => answer(new URL(request.url)),
  );
  try {
    await body(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("readAwsCatalog() reads every model and profile, in order, over many pages", async () => {
  await withStandIn(async ({ url, control }) => {
    const catalog = await read(url, { pageSize: 7 });
    const pages = (await control.requests() as { operation: string }[])
      .filter(({ operation }) => operation === "ListInferenceProfiles");
    const profiles = catalog.profiles.map(({ id }) => id);
    // One more for the account's own profiles, of which there are none.
    expect(pages.length).toBe(Math.ceil(profiles.length / 7) + 1);
    expect(profiles).toEqual([...new Set(profiles)].sort());
    const models = catalog.models.map(({ id }) => id);
    expect(models).toEqual([...new Set(models)].sort());
    expect(catalog.region).toBe(region);
    expect(await read(url)).toEqual(catalog);
  });
});

Deno.test("readAwsCatalog() puts AWS's lists into neutral words", async () => {
  await withStandIn(async ({ url }) => {
    const { models, profiles } = await read(url);
    expect(models.find(({ id }) => id === "amazon.nova-lite-v1:0")).toEqual({
      id: "amazon.nova-lite-v1:0",
      name: "Nova Lite",
      provider: "Amazon",
      inputModalities: ["TEXT", "IMAGE"],
      outputModalities: ["TEXT"],
      streaming: true,
      inferenceTypes: ["INFERENCE_PROFILE"],
      lifecycle: "active",
      legacyOn: null,
      extendedAccessOn: null,
      endsOn: null,
    });
    expect(models.find(({ id }) => id.startsWith("anthropic.claude-sonnet-4-5")))
      .toMatchObject({
        lifecycle: "legacy",
        legacyOn: "2026-10-08",
        extendedAccessOn: "2027-01-08",
        endsOn: "2027-04-08",
      });
    const profileOf = (id: string) => profiles.find((profile) => profile.id === id);
    expect(profileOf("eu.amazon.nova-lite-v1:0")).toEqual({
      id: "eu.amazon.nova-lite-v1:0",
      arn: "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0",
      name: "EU Nova Lite",
      kind: "system-defined",
      modelId: "amazon.nova-lite-v1:0",
      destinationRegions: ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"],
    });
    expect(profileOf("global.anthropic.claude-sonnet-5-5")?.destinationRegions)
      .toEqual(["*", "eu-central-1"]);
  });
});

Deno.test("readAwsCatalog() and compareCatalog() see what was changed at AWS", async () => {
  await withStandIn(async ({ url, control }) => {
    await control.setModel("amazon.nova-next-v1:0", {
      like: "amazon.nova-pro-v1:0",
      name: "Amazon Nova Next",
    });
    await control.setModel("amazon.nova-pro-v1:0", { lifecycle: "legacy", endsOn: "2027-06-30" });
    await control.setModel("eu.amazon.nova-lite-v1:0", {
      destinationRegions: ["eu-central-1", "us-east-1"],
    });
    await control.setModel("amazon.nova-micro-v1:0", { listed: false });
    const report = compareCatalog({
      models: [
        modelRow({ model_id: "eu.amazon.nova-pro-v1:0" }),
        modelRow({ model_id: "eu.amazon.nova-lite-v1:0" }),
        modelRow({ model_id: "eu.amazon.nova-micro-v1:0" }),
        modelRow({ model_id: "amazon.nova-2-lite-v1:0" }),
      ],
      catalog: await read(url),
      allowedGeographies: ["eu"],
      today: "2026-11-23",
    });
    expect(report.new.find(({ name }) => name === "Nova Next")).toMatchObject({
      model_id: "eu.amazon.nova-next-v1:0",
      format: "nova",
      allowed: true,
    });
    expect(report.new.map(({ model_id }) => model_id)).not.toContain("amazon.rerank-v1:0");
    expect(report.lifecycle).toMatchObject([
      {
        model_id: "eu.amazon.nova-pro-v1:0",
        to: { lifecycle: "legacy", retires_on: "2027-06-30" },
      },
    ]);
    expect(report.gone).toMatchObject([{ model_id: "eu.amazon.nova-micro-v1:0" }]);
    expect(report.needs_profile).toMatchObject([
      { model_id: "amazon.nova-2-lite-v1:0", profile_id: "eu.amazon.nova-2-lite-v1:0" },
    ]);
    expect(report.leaves_geography.filter((id) => id.is_registered)).toMatchObject([
      { model_id: "eu.amazon.nova-lite-v1:0", outside: ["us"], regions_outside: ["us-east-1"] },
    ]);
  });
});

Deno.test("readAwsCatalog() takes an API key, and says which permission is missing", async () => {
  await withStandIn(async ({ url, control }) => {
    const config = (auth: BedrockConfig["auth"]) => ({ config: { region, endpoint: url, auth } });
    const byKey = await read(url, config({ kind: "api-key", token: standInApiKey }));
    expect(byKey.models.length).toBeGreaterThan(0);
    await expect(read(url, config({ ...auth, secretAccessKey: "wrong" })))
      .rejects.toMatchObject({ code: "bedrock_credentials_rejected" });
    for (const operation of ["ListFoundationModels", "ListInferenceProfiles"]) {
      const message =
        `User: arn:aws:iam::123456789012:user/x is not authorized to perform: bedrock:${operation}`;
      await control.addFaultRule({ kind: "error", exception: "AccessDeniedException", message }, {
        operations: [operation],
      });
      await expect(read(url)).rejects.toMatchObject({
        code: "bedrock_access_denied",
        message: `IAM does not allow bedrock:${operation} in eu-central-1.`,
        hint: expect.stringMatching(/ListFoundationModels and bedrock:ListInferenceProfiles/),
      });
    }
  });
});

Deno.test("readAwsCatalog() maps AWS's errors, silence and broken answers to codes", async () => {
  const faults: readonly (readonly [{ kind: string; [key: string]: unknown }, ErrorCode])[] = [
    [{ kind: "error", exception: "ThrottlingException" }, "bedrock_throttled"],
    [{ kind: "error", exception: "InternalServerException" }, "bedrock_unavailable"],
    [{ kind: "error", exception: "ValidationException", message: "x" }, "bedrock_refusal_unknown"],
    [{ kind: "error", exception: "UnknownOperationException" }, "bedrock_model_unavailable"],
    [{ kind: "raw", status: 502, body: "<html>Bad gateway</html>" }, "bedrock_unavailable"],
    [{ kind: "raw", status: 200, body: '{"modelSummaries": [' }, "bedrock_bad_response"],
    [{ kind: "hang" }, "bedrock_timeout"],
  ];
  await withStandIn(async ({ url, control }) => {
    for (const [fault, code] of faults) {
      await control.addFaultRule(fault, { operations: ["ListFoundationModels"] });
      const timeoutMs = fault.kind === "hang" ? 200 : 10_000;
      const error = await read(url, { timeoutMs }).catch((error) => error);
      expect([fault, error.code]).toEqual([fault, code]);
      expect(error.message).not.toMatch(/model id|"bedrock:/);
    }
  });
  await expect(read("http://127.0.0.1:1")).rejects.toMatchObject({
    code: "bedrock_unavailable",
    message: expect.stringContaining("eu-central-1"),
  });
});

Deno.test("readAwsCatalog() gives up a body that does not end, and pages that do not", async () => {
  const endless = new ReadableStream({ start: (it) => it.enqueue(new TextEncoder().encode("{")) });
  await withServer(
    ({ pathname }) => pathname === "/foundation-models" ? new Response(endless) : Response.json({}),
    async (url) => {
      await expect(read(url, { timeoutMs: 200 })).rejects.toMatchObject({
        code: "bedrock_timeout",
      });
    },
  );
  let page = 0;
  for (const nextToken of [() => "again", () => String(page++)]) {
    await withServer(
      ({ pathname }) =>
        Response.json(pathname === "/inference-profiles" ? { nextToken: nextToken() } : {}),
      async (url) => {
        await expect(read(url)).rejects.toMatchObject({
          code: "bedrock_bad_response",
          message: "AWS's list of inference profiles does not end.",
        });
      },
    );
  }
});

Deno.test("readAwsCatalog() takes what AWS leaves out as not known, and profiles of the account", async () => {
  const arn = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123";
  const modelArn = (id: string) => `arn:aws:bedrock:eu-central-1::foundation-model/${id}`;
  const own = {
    inferenceProfileId: "abc123",
    inferenceProfileArn: arn,
    inferenceProfileName: "billing",
    type: "APPLICATION",
    status: "ACTIVE",
    models: [{ modelArn: modelArn("a.one") }, { modelArn: modelArn("a.two") }],
  };
  await withServer(({ pathname, searchParams }) => {
    if (pathname === "/foundation-models") {
      return Response.json({
        modelSummaries: [{ modelId: "a.one", modelArn: "x", modelLifecycle: { status: "NEW" } }],
      });
    }
    const isOwn = searchParams.get("type") === "APPLICATION";
    return Response.json({ inferenceProfileSummaries: isOwn ? [own] : [] });
  }, async (url) => {
    expect(await read(url)).toEqual({
      region,
      dataRetentionMode: null,
      models: [{
        id: "a.one",
        name: "a.one",
        provider: "",
        inputModalities: [],
        outputModalities: [],
        streaming: false,
        inferenceTypes: [],
        lifecycle: "unknown",
        legacyOn: null,
        extendedAccessOn: null,
        endsOn: null,
      }],
      profiles: [{
        id: "abc123",
        arn,
        name: "billing",
        kind: "application",
        modelId: null,
        destinationRegions: ["eu-central-1"],
      }],
    });
  });
});

Deno.test("readAwsCatalog() calls AWS's endpoint of the region by default", async () => {
  const urls: string[] = [];
  const answer: typeof fetch = (input) => {
    urls.push(new Request(input).url);
    return Promise.resolve(Response.json({}));
  };
  await readAwsCatalog({ config: { region, endpoint: null, auth }, fetch: answer });
  const host = "https://bedrock.eu-central-1.amazonaws.com";
  expect(urls.sort()).toEqual([
    `${host}/data-retention`,
    `${host}/foundation-models`,
    `${host}/inference-profiles?maxResults=1000&type=APPLICATION`,
    `${host}/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED`,
  ]);
});

Deno.test("readCatalogConfig() takes the endpoint of the control plane, not the runtime's", () => {
  const env: Record<string, string> = {
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret-part",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://127.0.0.1:1",
  };
  const read = () => readCatalogConfig((name) => env[name]);
  expect(read().endpoint).toBeNull();
  env.AWS_ENDPOINT_URL_BEDROCK = "http://127.0.0.1:2";
  expect(read()).toMatchObject({ region, endpoint: "http://127.0.0.1:2" });
  env.AWS_ENDPOINT_URL_BEDROCK = "not a URL";
  expect(read).toThrow(expect.objectContaining({ code: "bedrock_not_configured" }));
});

Deno.test("readAwsCatalog() needs no more than network and environment permission", async () => {
  await withStandIn(async ({ url }) => {
    const expected = await read(url);
    const root = new URL("../../../../../", import.meta.url);
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-lock",
        "--no-prompt",
        "--allow-net",
        "--allow-env",
        `--config=${new URL("supabase/functions/manage-bedrock-models/deno.json", root).pathname}`,
        new URL("./list_with_least_permissions.ts", import.meta.url).pathname,
      ],
      env: {
        AWS_ENDPOINT_URL_BEDROCK: url,
        AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
        AWS_BEARER_TOKEN_BEDROCK: "",
        AWS_PROFILE: "of-the-developer",
      },
    }).output();
    expect(new TextDecoder().decode(output.stderr)).toBe("");
    expect(JSON.parse(new TextDecoder().decode(output.stdout))).toEqual({
      region,
      models: expected.models.length,
      profiles: expected.profiles.length,
      filesTried: [],
    });
  });
});

Deno.test("the control plane's SDK is loaded by nothing but the call that needs it", () => {
  const atStart = /^import (?!type\b)[^;]*from "@aws-sdk\/client-bedrock";/m;
  expect(atStart.test('import { A } from "@aws-sdk/client-bedrock";')).toBe(true);
  const found = filesBelow("supabase/functions").filter((path) =>
    path.endsWith(".ts") && atStart.test(readSource(path))
  );
  expect(found).toEqual([]);
});
