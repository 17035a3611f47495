/** Secret keys by name: each is accepted in either header, and the audit log names it. */
import { expect } from "@std/expect";
import { startFunction } from "../../local/functions/start_function.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
/** A key as hosted projects have them; the embedded API needs not know it. */
const ciKey = "sb_secret_ci0000000000000000000_aaaaaaaa";

/** Runs a test with a process of the operators' function whose project has two named keys. */
async function withTwoKeys(
  test: (url: string, printed: () => string) => Promise<void>,
): Promise<void> {
  const lines: string[] = [];
  const process = await startFunction({
    name: "manage-bedrock-models",
    env: {
      ...stack.functionsEnv,
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.keys.secret, ci: ciKey }),
    },
    deno: stack.functionsDeno,
    onLine: (line) => lines.push(line),
  });
  try {
    await test(process.url, () => lines.join("\n"));
  } finally {
    await process.stop();
  }
}

Deno.test("manage-bedrock-models accepts every named key in either header, and logs its name", () =>
  withFreshProject(stack, ({ sql, keys }) =>
    withTwoKeys(async (url, printed) => {
      const ways: readonly [string, Record<string, string>][] = [
        ["default", { authorization: `Bearer ${keys.secret}` }],
        ["default", { apikey: keys.secret }],
        ["ci", { authorization: `Bearer ${ciKey}` }],
        ["ci", { apikey: ciKey }],
        // As clients send it that were made with a key, and as the gateway passes it on.
        ["ci", { apikey: ciKey, authorization: `Bearer ${ciKey}` }],
        ["ci", { apikey: keys.publishable, authorization: `Bearer ${ciKey}` }],
        ["service_role (legacy)", { apikey: keys.serviceRole }],
        ["service_role (legacy)", { authorization: `Bearer ${keys.serviceRole}` }],
      ];
      for (const [index, [name, headers]] of ways.entries()) {
        const model_id = index % 2 === 0 ? novaLite : novaPro;
        const switched = await post(
          url,
          { action: "set-default", model_id, probe: false },
          headers,
        );
        expect([headers, switched.status]).toEqual([headers, 200]);
        const { body } = await post(url, { action: "history", limit: 1 }, headers);
        expect(body.switches[0]).toMatchObject({
          action: "set-default",
          model_id,
          actor_key_name: name,
          actor_user_id: null,
          database_role: "service_role",
        });
      }
      // The name is in the hash, so a change of it is found.
      await sql.begin(async (transaction) => {
        await transaction`alter table model_switches disable trigger refuse_change`;
        await transaction`update model_switches set actor_key_name = 'default'
          where id = (select max(id) from model_switches where actor_key_name = 'ci')`;
        await transaction`alter table model_switches enable trigger refuse_change`;
      });
      const { body } = await post(url, { action: "verify-history" }, { apikey: ciKey });
      expect(body.verification.ok).toBe(false);
      expect(printed()).toContain('"actor_key_name":"ci"');
      expect(printed()).not.toContain(ciKey);
    })));

Deno.test("manage-bedrock-models names the key of every kind of change", () =>
  withFreshProject(stack, ({ sql }) =>
    withTwoKeys(async (url) => {
      const apikey = { apikey: ciKey };
      const [{ last }] = await sql`select max(id) as last from model_switches` as [
        { last: string },
      ];
      const changes = [
        { action: "set-default", model_id: novaLite, probe: false },
        { action: "rollback" },
        { action: "disable", model_id: novaLite },
        { action: "enable", model_id: novaLite },
        {
          action: "set-assistant-model",
          assistant_type: "health",
          model_id: novaPro,
          probe: false,
        },
        { action: "update-settings", allowed_geographies: ["eu", "uk"] },
        { action: "register", model_id: "openai.gpt-oss-120b-1:0" },
      ];
      for (const change of changes) {
        const { status, body } = await post(url, change, apikey);
        expect({ change, status, error: body.error }).toEqual({
          change,
          status: 200,
          error: undefined,
        });
      }
      const names = await sql`
        select distinct actor_key_name from model_switches where id > ${last}`;
      expect(names.map((row) => row.actor_key_name)).toEqual(["ci"]);
      const count = await sql`select from model_switches where id > ${last}`;
      expect(count.length).toBeGreaterThanOrEqual(changes.length);
    })));

Deno.test("manage-bedrock-models refuses a key that the project no longer has", () =>
  withFreshProject(stack, async ({ apiUrl }) => {
    const url = `${apiUrl}/functions/v1/manage-bedrock-models`;
    for (const headers of [{ authorization: `Bearer ${ciKey}` }, { apikey: ciKey }]) {
      const { status, body } = await post(url, { action: "list" }, headers);
      expect([status, body.error.code]).toEqual([401, "invalid_credentials"]);
    }
  }));
