/** How switch-bedrock-model.sh creates, shows and revokes API keys, and names models, on a simulated API. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type Fields, played } from "../support/played_command.ts";
import { runCommand } from "../support/run_command.ts";

const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");
const key = `bsk_${"Ab3-_".repeat(8)}Ab3`;
const id = "0b9e1a52-7d0e-4a57-9a0d-0d7a2d0e8c11";

const apiKey = {
  id,
  name: "app",
  prefix: "bsk_Ab3-_A",
  assistant_type: null,
  models: null,
  dialects: null,
  expires_at: null,
  grace_ends_at: null,
  ends_at: null,
  revoked_at: null,
  replaces: null,
  owner_id: null,
  created_by: "key operators",
  created_at: "2026-11-30T08:00:00+00:00",
  last_used_on: null,
  state: "active",
};

Deno.test("switch-bedrock-model.sh key create prints the key alone on stdout", async () => {
  const answer = {
    message: "The key app is created.",
    key,
    api_key: {
      ...apiKey,
      assistant_type: "health",
      dialects: ["openai"],
      expires_at: "2027-06-01T00:00:00+00:00",
      ends_at: "2027-01-01T00:00:00+00:00",
    },
    warnings: ["It is refused."],
  };
  const { code, stdout, stderr, request } = await played(
    answer,
    ...["key", "create", "app", "--assistant", "health", "--models", "a.b,c", "--dialects"],
    ...["openai", "--expires", "2027-01-01", "--reason", "a pilot"],
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${key}\n` });
  expect(stderr.split("\n")).toEqual([
    "The key app is created.",
    `  Id: ${id}`,
    "  assistant health; dialects openai; expires 2027-01-01 00:00:00Z; created 2026-11-30 by key",
    "  operators",
    "This is the only time that the key is shown:",
    "Registry version: 7",
    "Warning: It is refused.",
    "",
  ]);
  expect(request).toEqual({
    action: "create-api-key",
    name: "app",
    assistant_type: "health",
    models: ["a.b", "c"],
    dialects: ["openai"],
    expires_at: "2027-01-01T00:00:00Z",
    reason: "a pilot",
  });
});

Deno.test("switch-bedrock-model.sh key rotate prints the new key, and key revoke none", async () => {
  const answer = {
    message: "The key app is replaced.",
    key,
    api_key: { ...apiKey, replaces: "former" },
    former_api_key: apiKey,
    warnings: [],
  };
  const rotated = await played(answer, "key", "rotate", id, "--grace-hours", "0.5");
  expect([rotated.code, rotated.stdout]).toEqual([0, `${key}\n`]);
  expect(rotated.request).toEqual({ action: "rotate-api-key", id, grace_hours: 0.5 });
  const ended = { message: "The key app is revoked.", api_key: { ...apiKey, state: "revoked" } };
  const revoked = await played(ended, "key", "revoke", id);
  expect(revoked).toMatchObject({
    code: 0,
    stdout: "The key app is revoked.\nRegistry version: 7\n",
    stderr: "",
    request: { action: "revoke-api-key", id },
  });
});

Deno.test("switch-bedrock-model.sh prints the answer about a key unchanged with --json", async () => {
  const answer = { message: "Created.", key, api_key: apiKey, warnings: [] };
  for (const args of [["create", "app"], ["rotate", id]]) {
    const { code, stdout, stderr } = await played(answer, "key", ...args, "--json");
    expect({ code, stderr, answer: JSON.parse(stdout) })
      .toEqual({ code: 0, stderr: "", answer: { success: true, registry_version: 7, ...answer } });
  }
});

Deno.test("switch-bedrock-model.sh keys shows what each key opens, and when it was used last", async () => {
  const models = ["claude-sonnet-4-5", "eu.amazon.nova-lite-v1:0", "claude-haiku-4-5"];
  const keys = [
    { ...apiKey, name: "A name of more than twenty letters", models, last_used_on: "2026-11-30" },
    { ...apiKey, name: "\u001b[2Jold", state: "revoked", dialects: ["openai", "anthropic"] },
  ];
  const { code, stdout, stderr } = await played({ api_keys: keys, count: 2 }, "keys");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "ID                                    NAME                  KEY          STATE    LAST USED",
    `${id}  A name of more than…  bsk_Ab3-_A…  active   2026-11-30`,
    "  models claude-sonnet-4-5, eu.amazon.nova-lite-v1:0, claude-haiku-4-5; created 2026-11-30 by",
    "  key operators",
    `${id}   [2Jold               bsk_Ab3-_A…  revoked  never`,
    "  dialects openai, anthropic; created 2026-11-30 by key operators",
    "Keys: 2",
    "Registry version: 7",
    "",
  ]);
  expect((await played({ api_keys: [], count: 0 }, "keys")).stdout)
    .toBe("Keys: 0\nRegistry version: 7\n");
});

Deno.test("switch-bedrock-model.sh aliases shows a model's names, sets them and takes them away", async () => {
  const model = { model_id: "eu.a.model", model_name: "A model", aliases: ["claude-a", "a"] };
  // A model that is not valid has names all the same.
  const shown = await played({ valid: false, model, checks: [] }, "eu.a.model", "aliases");
  expect(shown).toMatchObject({
    code: 0,
    stdout: "A model (eu.a.model)\n  claude-a\n  a\nRegistry version: 7\n",
    request: { action: "validate", model_id: "eu.a.model" },
  });
  const none = { valid: true, model: { ...model, aliases: [] }, checks: [] };
  expect((await played(none, "eu.a.model", "aliases")).stdout).toContain("  No aliases\n");
  for (const [given, aliases] of [["claude-a,a", ["claude-a", "a"]], ["none", []]] as const) {
    const answer = { message: "A model is also named so.", model, warnings: ["Gone."] };
    const set = await played(answer, "eu.a.model", "aliases", given, "--reason", "a client");
    expect(set).toMatchObject({
      code: 0,
      stdout: "A model is also named so.\nRegistry version: 7\n",
      stderr: "Warning: Gone.\n",
      request: { action: "set-aliases", model_id: "eu.a.model", aliases, reason: "a client" },
    });
  }
});

Deno.test("switch-bedrock-model.sh sets the models that an assistant's callers may name", async () => {
  for (const [given, names] of [["a,b.c", ["a", "b.c"]], ["none", []]] as const) {
    const { request } = await played(
      { message: "Changed." },
      ...["assistant", "set", "health", "--allowed-models", given],
    );
    expect(request).toMatchObject({ assistant_type: "health", allowed_models: names });
  }
});

Deno.test("switch-bedrock-model.sh history tells of keys and aliases, without columns that say nothing", async () => {
  const row = { ...apiKey, ends_at: undefined, state: undefined };
  const entry = {
    id: 1,
    created_at: "2026-11-30T08:00:00.000+00:00",
    source: "api",
    actor_email: null,
    actor_user_id: null,
    actor_key_name: "operators",
    actor_proven: true,
    database_role: "service_role",
    model_id: null,
    assistant_type: null,
    probe: null,
    rollback_of: null,
    reason: null,
  };
  const limited = { ...row, assistant_type: "health", models: ["a", "b"] };
  const ended = "2027-01-01T00:00:00+00:00";
  const table: [Fields, string][] = [
    [{ action: "create-api-key", from: null, to: row }, "API key app (bsk_Ab3-_A…) is created"],
    [
      { action: "create-api-key", assistant_type: "health", from: null, to: limited },
      "API key app (bsk_Ab3-_A…) is created: assistant type health; models a, b",
    ],
    [
      { action: "rotate-api-key", from: null, to: { ...row, replaces: id } },
      "API key app (bsk_Ab3-_A…) replaces another",
    ],
    [
      { action: "update", from: row, to: { ...row, expires_at: ended } },
      "API key app (bsk_Ab3-_A…) is changed: expires at 2027-01-01 00:00:00Z (before: -)",
    ],
    [
      { action: "update", from: row, to: { ...row, grace_ends_at: ended } },
      "API key app (bsk_Ab3-_A…) is changed: grace ends at 2027-01-01 00:00:00Z (before: -)",
    ],
    [
      { action: "update", from: { ...row, models: ["a"] }, to: row },
      "API key app (bsk_Ab3-_A…) is changed: models all (before: a)",
    ],
    [
      { action: "revoke-api-key", from: row, to: { ...row, revoked_at: ended } },
      "API key app (bsk_Ab3-_A…) is revoked",
    ],
    [
      { action: "set-aliases", model_id: "m", from: { aliases: [] }, to: { aliases: ["a", "b"] } },
      "the names of m are set: aliases a, b (before: none)",
    ],
  ];
  const switches = table.map(([fields]) => ({ ...entry, ...fields }));
  const { code, stdout } = await played({ switches, count: switches.length }, "history");
  expect(code).toBe(0);
  const told = stdout.split("\n").filter((line) => line.startsWith("    "));
  expect(told.map((line) => line.trim())).toEqual(table.map(([, words]) => words));
});

Deno.test("switch-bedrock-model.sh says how the commands of keys are written", async () => {
  const table: [string[], string][] = [
    [["key"], "missing create; usage: key create <name>, or key rotate <id>, or key revoke <id>"],
    [["key", "create"], "missing <name>; usage: key create <name>"],
    [["key", "create", ""], "<name> is empty"],
    [["key", "rotate", id, "--grace-hours", "soon"], "--grace-hours must be a number, not soon"],
    [["key", "create", "app", "--expires", "soon"], "--expires must be a day or a time, such as"],
    [["key", "revoke", id, "--models", "a"], "--models cannot be used with key revoke <id>"],
    [["keys", "--assistant", "health"], "--assistant cannot be used with keys"],
    [["key", "delete", id], "unexpected argument: delete"],
  ];
  for (const [args, words] of table) {
    const { code, stdout, stderr } = await runCommand("bash", [script, ...args], {
      SUPABASE_SERVICE_KEY: "sb_secret_of-a-test",
    });
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: "" });
    expect(stderr).toContain(words);
  }
});
