/** A thorough probe through the AWS SDK to the stand-in, which knows what each model takes. */
import "../bedrock/node_crc32.ts";
import { expect } from "@std/expect";
import { createBedrockClients } from "../../../../../supabase/functions/_shared/bedrock/bedrock_client.ts";
import type { Capabilities } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { probeModel } from "../../../../../supabase/functions/_shared/switching/probe_model.ts";
import { contentRows, rowOf } from "../bedrock/content_calls.ts";
import { type StandIn, standInCredentials, withStandIn } from "../bedrock/stand_in.ts";

function probe({ url }: StandIn, model: Model, changes: Partial<Capabilities> = {}) {
  const auth = { kind: "key-pair", ...standInCredentials, sessionToken: null } as const;
  const config = { region: "eu-central-1", endpoint: url, auth };
  return probeModel({
    model: { ...model, capabilities: { ...model.capabilities, ...changes } },
    config: {},
    thorough: true,
    clients: createBedrockClients(() => config, fetch),
    now: () => performance.now(),
    requestId: "operators-request",
  });
}

const rows = [
  ...contentRows,
  rowOf("eu.amazon.nova-micro-v1:0", "nova"),
  rowOf("anthropic.claude-3-haiku-20240307-v1:0", "claude"),
  rowOf("eu.anthropic.claude-opus-5-5", "claude"),
];

Deno.test("probeModel() passes with every kind of model, and tries all that its row has", async () => {
  await withStandIn(async (standIn) => {
    for (const row of rows) {
      const { passed, checks } = await probe(standIn, row);
      const open = checks.filter(({ ok }) => !ok);
      expect([row.model_id, row.format, passed, open]).toEqual([
        row.model_id,
        row.format,
        true,
        [],
      ]);
    }
  });
});

Deno.test("probeModel() tells AWS's invocation logs the operator's request and the check", async () => {
  await withStandIn(async (standIn) => {
    for (const format of ["nova", "converse"] as const) {
      await standIn.control.clearRequests();
      const { checks } = await probe(standIn, rowOf("eu.amazon.nova-micro-v1:0", format));
      const requests = await standIn.control.requests() as { requestMetadata: unknown }[];
      const tried = checks.filter(({ ok }) => ok !== null).map(({ name }) => ({
        switchboard_purpose: "probe",
        switchboard_request_id: "operators-request",
        switchboard_check: name,
      }));
      expect(requests.map(({ requestMetadata }) => requestMetadata).toSorted(byCheck))
        .toEqual(tried.toSorted(byCheck));
    }
  });
});

function byCheck(one: unknown, other: unknown): number {
  return JSON.stringify(one).localeCompare(JSON.stringify(other));
}

const haiku45 = rowOf("eu.anthropic.claude-haiku-4-5-20251001-v1:0", "claude");
const { images, documents, caching } = haiku45.capabilities;
const novaMicro = rowOf("eu.amazon.nova-micro-v1:0", "nova");
const claude3 = rowOf("anthropic.claude-3-haiku-20240307-v1:0", "claude");

/** What a row claims falsely, and the check that finds it. */
const falseClaims: readonly (readonly [Model, Partial<Capabilities>, string])[] = [
  [novaMicro, { images }, "image"],
  [novaMicro, { documents }, "document"],
  [novaMicro, { output_schema: true }, "schema"],
  [{ ...novaMicro, format: "converse" }, { output_schema: true }, "schema"],
  [novaMicro, { caching }, "caching"],
  [claude3, { output_schema: true }, "schema"],
  [claude3, { caching }, "caching"],
];

for (const [row, claim, name] of falseClaims) {
  const what = Object.keys(claim).join(", ");
  Deno.test(`probeModel() finds that ${row.model_id} (${row.format}) has no ${what}`, async () => {
    await withStandIn(async (standIn) => {
      const { passed, checks, error_code } = await probe(standIn, row, claim);
      const failed = checks.filter(({ ok }) => ok === false);
      expect([passed, failed.map((check) => check.name)]).toEqual([false, [name]]);
      expect(failed[0]?.error_code).toBe(error_code);
      expect(failed[0]?.hint).toContain("capabilities");
    });
  });
}
