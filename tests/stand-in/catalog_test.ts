import {
  BedrockClient,
  type BedrockClientConfig,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  ListFoundationModelsCommand,
  type ListFoundationModelsCommandInput,
  ListInferenceProfilesCommand,
  paginateListInferenceProfiles,
} from "@aws-sdk/client-bedrock";
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { expect } from "@std/expect";
import type { BedrockStandInOptions } from "../../stand-in/server.ts";
import { credentials, question, rejection, type Running, withStandIn } from "./support.ts";

const lite = "amazon.nova-lite-v1:0";
const euLite = `eu.${lite}`;

/** The control plane through the real AWS SDK. */
function catalogClient(endpoint: string, config: Partial<BedrockClientConfig> = {}) {
  return new BedrockClient({
    endpoint,
    region: "eu-central-1",
    credentials,
    authSchemePreference: ["sigv4"],
    requestHandler: new FetchHttpHandler(),
    maxAttempts: 1,
    defaultUserAgentProvider: () => Promise.resolve([["test", "0"]]),
    ...config,
  });
}

async function withCatalog(
  test: (running: Running & { catalog: BedrockClient }) => Promise<void>,
  options: Partial<BedrockStandInOptions> = {},
): Promise<void> {
  await withStandIn(async (running) => {
    const { region = "eu-central-1" } = options;
    const catalog = catalogClient(running.standIn.url, { region });
    try {
      await test({ ...running, catalog });
    } finally {
      catalog.destroy();
    }
  }, options);
}

async function modelsOf(client: BedrockClient, input: ListFoundationModelsCommandInput = {}) {
  return (await client.send(new ListFoundationModelsCommand(input))).modelSummaries ?? [];
}

async function profilesOf(client: BedrockClient) {
  const profiles = [];
  const pages = paginateListInferenceProfiles({ client }, { typeEquals: "SYSTEM_DEFINED" });
  for await (const page of pages) profiles.push(...page.inferenceProfileSummaries ?? []);
  return profiles;
}

const destinations = (profile: { models?: { modelArn?: string | undefined }[] | undefined }) =>
  profile.models?.map(({ modelArn }) => modelArn?.split(":")[3]);

Deno.test("ListFoundationModels gives what AWS gives of a model", () =>
  withCatalog(async ({ catalog }) => {
    const models = await modelsOf(catalog);
    expect(models.find((model) => model.modelId === lite)).toEqual({
      modelArn: "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
      modelId: lite,
      modelName: "Nova Lite",
      providerName: "Amazon",
      inputModalities: ["TEXT", "IMAGE"],
      outputModalities: ["TEXT"],
      responseStreamingSupported: true,
      customizationsSupported: [],
      inferenceTypesSupported: ["INFERENCE_PROFILE"],
      modelLifecycle: { status: "ACTIVE" },
    });
    const sonnet = models.find(({ modelId }) => modelId?.includes("sonnet-4-5"));
    expect(sonnet?.modelLifecycle).toEqual({
      status: "LEGACY",
      legacyTime: new Date("2026-10-08T08:00:00Z"),
      publicExtendedAccessTime: new Date("2027-01-08T08:00:00Z"),
      endOfLifeTime: new Date("2027-04-08T08:00:00Z"),
    });
    const onDemand = models.find(({ modelId }) => modelId === "openai.gpt-oss-20b-1:0");
    expect(onDemand).toMatchObject({
      inferenceTypesSupported: ["ON_DEMAND"],
      modelName: "gpt-oss-20b",
      providerName: "OpenAI",
    });
  }));

Deno.test("ListFoundationModels filters, and refuses a filter that does not exist", () =>
  withCatalog(async ({ catalog }) => {
    const ids = async (input: ListFoundationModelsCommandInput) =>
      (await modelsOf(catalog, input)).map(({ modelId }) => modelId);
    expect(await ids({ byProvider: "qwen" })).toEqual(["qwen.qwen3-32b-v1:0"]);
    expect(await ids({ byProvider: "Nobody" })).toEqual([]);
    expect(await ids({ byOutputModality: "EMBEDDING" })).toEqual([
      "amazon.titan-embed-text-v2:0",
      "amazon.titan-embed-image-v1:0",
    ]);
    expect(await ids({ byOutputModality: "TEXT" })).not.toContain("amazon.titan-embed-text-v2:0");
    expect(await ids({ byInferenceType: "PROVISIONED" })).toEqual([
      "amazon.titan-embed-image-v1:0",
    ]);
    expect(await ids({ byInferenceType: "ON_DEMAND" })).not.toContain(lite);
    expect(await ids({ byCustomizationType: "DISTILLATION" })).toEqual([]);
    const odd = { byOutputModality: "SMELL" } as unknown as ListFoundationModelsCommandInput;
    expect((await rejection(modelsOf(catalog, odd))).name).toBe("ValidationException");
  }));

Deno.test("models that have ended are not listed, but their profiles are", () =>
  withCatalog(async ({ catalog }) => {
    const sonnet4 = "anthropic.claude-sonnet-4-20250514-v1:0";
    const ids = (await modelsOf(catalog)).map(({ modelId }) => modelId);
    expect(ids).not.toContain(sonnet4);
    // Offered in the United States only.
    expect(ids).not.toContain("anthropic.claude-opus-4-1-20250805-v1:0");
    const profileIds = (await profilesOf(catalog)).map((profile) => profile.inferenceProfileId);
    expect(profileIds).toContain(`eu.${sonnet4}`);
    expect(profileIds).not.toContain(`us.${sonnet4}`);
  }));

Deno.test("GetFoundationModel answers for an id and an ARN, and refuses what is not offered", () =>
  withCatalog(async ({ catalog }) => {
    const get = (modelIdentifier: string) =>
      catalog.send(new GetFoundationModelCommand({ modelIdentifier }));
    const arn = `arn:aws:bedrock:eu-central-1::foundation-model/${lite}`;
    for (const identifier of [lite, arn]) {
      expect((await get(identifier)).modelDetails).toMatchObject({ modelId: lite, modelArn: arn });
    }
    for (
      const [id, name, status] of [
        ["amazon.nothing", "ValidationException", 400],
        ["anthropic.claude-sonnet-4-20250514-v1:0", "ResourceNotFoundException", 404],
      ] as const
    ) {
      const error = await rejection(get(id));
      expect([error.name, error.$metadata?.httpStatusCode]).toEqual([name, status]);
      expect(error.$metadata?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  }));

Deno.test("ListInferenceProfiles comes in pages, all of which hold every profile once", () =>
  withCatalog(async ({ catalog, control }) => {
    const all = await profilesOf(catalog);
    const ids = all.map((profile) => profile.inferenceProfileId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(ids.toSorted());
    expect(ids.length).toBeGreaterThan(20);
    const lists = (await control.requests()).filter((call) =>
      call.operation === "ListInferenceProfiles"
    );
    expect(lists.length).toBe(Math.ceil(ids.length / 20));

    const page = await catalog.send(new ListInferenceProfilesCommand({ maxResults: 3 }));
    expect(page.inferenceProfileSummaries?.map((each) => each.inferenceProfileId))
      .toEqual(ids.slice(0, 3));
    const { nextToken } = page;
    const next = await catalog.send(
      new ListInferenceProfilesCommand({ maxResults: 2, nextToken }),
    );
    expect(next.inferenceProfileSummaries?.map((each) => each.inferenceProfileId))
      .toEqual(ids.slice(3, 5));
  }));

Deno.test("ListInferenceProfiles tells the types apart and refuses arguments as AWS does", () =>
  withCatalog(async ({ catalog }) => {
    const list = (input: object) => catalog.send(new ListInferenceProfilesCommand(input));
    const own = await list({ typeEquals: "APPLICATION" });
    expect(own.inferenceProfileSummaries).toEqual([]);
    expect(own.nextToken).toBeUndefined();
    for (
      const input of [
        { typeEquals: "OTHER" },
        { maxResults: 0 },
        { maxResults: 1_001 },
        { nextToken: "nonsense" },
      ]
    ) {
      const error = await rejection(list(input));
      expect([input, error.name]).toEqual([input, "ValidationException"]);
    }
  }));

Deno.test("a profile names its destination regions, and a global one every region", () =>
  withCatalog(async ({ catalog }) => {
    const get = (inferenceProfileIdentifier: string) =>
      catalog.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }));
    const profile = await get(euLite);
    expect(profile).toMatchObject({
      inferenceProfileName: "EU Nova Lite",
      description:
        "Routes requests to Nova Lite in eu-central-1, eu-north-1, eu-west-1 and eu-west-3.",
      inferenceProfileArn: `arn:aws:bedrock:eu-central-1:123456789012:inference-profile/${euLite}`,
      inferenceProfileId: euLite,
      status: "ACTIVE",
      type: "SYSTEM_DEFINED",
    });
    expect(destinations(profile)).toEqual(["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"]);
    const current = await get("eu.anthropic.claude-sonnet-5-5");
    expect(destinations(current)).toHaveLength(6);
    expect(current.createdAt).toEqual(new Date("2026-09-28T00:00:00Z"));
    const global = await get(
      profile.inferenceProfileArn!.replace(euLite, "global.") +
        "anthropic.claude-sonnet-5-5",
    );
    expect(global.models?.map(({ modelArn }) => modelArn)).toEqual([
      "arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-5-5",
      "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-5-5",
    ]);
    expect((await rejection(get("us.amazon.nova-lite-v1:0"))).name)
      .toBe("ResourceNotFoundException");
  }));

Deno.test("a caller in London is a destination too", () =>
  withCatalog(async ({ catalog }) => {
    const profile = await catalog.send(
      new GetInferenceProfileCommand({
        inferenceProfileIdentifier: "eu.anthropic.claude-sonnet-5-5",
      }),
    );
    expect(destinations(profile)).toContain("eu-west-2");
    expect(destinations(profile)).toHaveLength(7);
  }, { region: "eu-west-2" }));

Deno.test("the control plane checks signatures and API keys like the runtime, and logs calls", () =>
  withCatalog(async ({ standIn, catalog, control }) => {
    await modelsOf(catalog, { byProvider: "Mistral AI" });
    const bearer = catalogClient(standIn.url, {
      token: { token: "api key" },
      authSchemePreference: ["httpBearerAuth"],
    });
    await modelsOf(bearer);
    bearer.destroy();
    const wrong = catalogClient(standIn.url, {
      credentials: { ...credentials, secretAccessKey: "no" },
    });
    expect((await rejection(modelsOf(wrong))).name).toBe("InvalidSignatureException");
    wrong.destroy();
    const unsigned = await fetch(`${standIn.url}/inference-profiles`);
    await unsigned.body?.cancel();
    expect(unsigned.status).toBe(403);
    expect(
      (await control.requests()).map((call) => [call.operation, call.authentication, call.status]),
    ).toEqual([
      ["ListFoundationModels", "sigv4", 200],
      ["ListFoundationModels", "bearer", 200],
      ["ListFoundationModels", null, 403],
      ["ListInferenceProfiles", null, 403],
    ]);
  }, { bearerToken: "api key" }));

Deno.test("fault rules of the control plane apply to their operations only", () =>
  withCatalog(async ({ client, catalog, control }) => {
    const throttling = { kind: "error", exception: "ThrottlingException" } as const;
    await control.addFaultRule(throttling);
    await modelsOf(catalog);
    expect(
      (await rejection(
        client.send(new ConverseCommand({ modelId: euLite, messages: question() })),
      )).name,
    ).toBe("ThrottlingException");
    await control.addFaultRule(throttling, { operations: ["ListFoundationModels"] });
    const raw = { kind: "raw", status: 502, body: "<html>" } as const;
    await control.addFaultRule(raw, { operations: ["ListInferenceProfiles"] });
    await client.send(new ConverseCommand({ modelId: euLite, messages: question() }));
    expect((await rejection(profilesOf(catalog))).$metadata?.httpStatusCode).toBe(502);
    expect((await rejection(modelsOf(catalog))).name).toBe("ThrottlingException");
    expect(await control.faultRules()).toEqual([]);
  }));

Deno.test("setModel() adds, removes and retires models and profiles", () =>
  withCatalog(async ({ client, catalog, control }) => {
    const ask = (modelId: string) =>
      client.send(new ConverseCommand({ modelId, messages: question() }));
    const lists = async () => ({
      models: (await modelsOf(catalog)).map(({ modelId }) => modelId),
      profiles: (await profilesOf(catalog)).map((profile) => profile.inferenceProfileId),
    });
    await control.setModel(euLite, { listed: false });
    let listed = await lists();
    // Without a profile, nothing of the model is offered here.
    expect(listed.models).not.toContain(lite);
    expect(listed.profiles).not.toContain(euLite);
    expect((await rejection(ask(euLite))).message).toBe(
      "The provided model identifier is invalid.",
    );

    const next = "amazon.nova-next-v1:0";
    await control.setModel(next, { like: "amazon.nova-pro-v1:0", name: "Amazon Nova Next" });
    await control.setModel(`us.${next}`, { destinationRegions: ["us-east-1"] });
    listed = await lists();
    expect(listed.models).toContain(next);
    expect(listed.profiles).toContain(`eu.${next}`);
    expect(listed.profiles).toContain(`us.${next}`);
    expect((await ask(`eu.${next}`)).stopReason).toBe("end_turn");
    expect((await ask(`us.${next}`)).stopReason).toBe("end_turn");
    await expect(control.setModel("a.b", { like: "no.such" })).rejects.toThrow("no.such");
    await expect(control.setModel("eu.no.such", { destinationRegions: ["eu-west-1"] }))
      .rejects.toThrow("404");
    await expect(control.setModel(euLite, { destinationRegions: ["Mars"] }))
      .rejects.toThrow("is not an AWS region");

    await control.setModel(next, { lifecycle: "legacy", endsOn: "2027-06-30" });
    const summary = (await modelsOf(catalog)).find(({ modelId }) => modelId === next);
    expect(summary?.modelLifecycle).toMatchObject({
      status: "LEGACY",
      endOfLifeTime: new Date("2027-06-30T08:00:00Z"),
    });
    await control.setModel(next, { lifecycle: "retired" });
    listed = await lists();
    expect(listed.models).not.toContain(next);
    expect(listed.profiles).toContain(`eu.${next}`);
    await control.setModel(next, { listed: true });
    expect((await lists()).models).toContain(next);
    expect((await rejection(ask(`eu.${next}`))).name).toBe("ResourceNotFoundException");

    await control.resetModels();
    listed = await lists();
    expect(listed.models).toContain(lite);
    expect(listed.models).not.toContain(next);
    expect((await ask(euLite)).stopReason).toBe("end_turn");
  }));

Deno.test("a denied destination region fails the calls that are routed there, and no others", () =>
  withCatalog(async ({ client, control }) => {
    await control.setModel(euLite, {
      deniedRegions: [{ region: "eu-west-1", when: "when-routed-there" }],
    });
    const outcomes: string[] = [];
    for (let call = 0; call < 8; call++) {
      const command = new ConverseCommand({ modelId: euLite, messages: question() });
      outcomes.push(await client.send(command).then(() => "ok", (error) => error.message));
    }
    const denial = "User: arn:aws:iam::123456789012:user/stand-in is not authorized to perform: " +
      "bedrock:InvokeModel on resource: arn:aws:bedrock:eu-west-1::foundation-model/" +
      `${lite} because no identity-based policy allows the bedrock:InvokeModel action`;
    expect(outcomes).toEqual(["ok", "ok", denial, "ok", "ok", "ok", denial, "ok"]);
  }));

Deno.test("a region that is denied always breaks every profile that routes there", () =>
  withCatalog(async ({ client, control }) => {
    const denied = [{ region: "eu-north-1", when: "always" as const }];
    await control.setModel(lite, { deniedRegions: denied });
    for (let call = 0; call < 2; call++) {
      const error = await rejection(
        client.send(new ConverseStreamCommand({ modelId: euLite, messages: question() })),
      );
      expect([error.name, error.$metadata?.httpStatusCode]).toEqual(["AccessDeniedException", 403]);
      expect(error.message).toContain("bedrock:InvokeModelWithResponseStream on resource: arn:aws");
      expect(error.message).toContain("bedrock:eu-north-1::foundation-model/");
      expect(error.message).toContain("with an explicit deny in a service control policy");
    }
    await control.setModel(euLite, { destinationRegions: ["eu-central-1", "us-east-1"] });
    const command = new ConverseCommand({ modelId: euLite, messages: question() });
    expect((await client.send(command)).stopReason).toBe("end_turn");
  }));
