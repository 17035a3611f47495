import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { manage } from "../support/project_client.ts";
import { runCommand } from "../support/run_command.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaLite = "eu.amazon.nova-lite-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const opus3 = "anthropic.claude-3-opus-20240229-v1:0";

function run(project: FreshProject, args: readonly string[], key = project.keys.secret) {
  return runCommand(join(projectRoot, "scripts", "switch-bedrock-model.sh"), args, {
    SUPABASE_URL: project.apiUrl,
    SUPABASE_SERVICE_KEY: key,
  });
}

/** Runs the command, expects it to succeed without a word on stderr, and returns what it prints. */
async function printed(project: FreshProject, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(project, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

Deno.test("switch-bedrock-model.sh list shows price, state and lifecycle in aligned columns", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set input_cost_per_mtok = null, output_cost_per_mtok = null
      where model_id = ${novaLite}`;
    await project.sql`
      update bedrock_models set serves_pinned = false, model_name = ${"Opus\nwith \u001b[31ma long name"}
      where model_id = ${opus3}`;
    await project.sql`
      update bedrock_models set use_case = 'triage', model_id = ${`${"x".repeat(60)}`}
      where model_id = 'eu.amazon.nova-2-lite-v1:0'`;

    const lines = await printed(project, "list");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    const [header = ""] = lines;
    expect(header.split(/ {2,}/)).toEqual(
      ["MODEL ID", "NAME", "FORMAT", "USD IN", "USD OUT", "STATE", "LIFECYCLE"],
    );
    const cells = (id: string) =>
      lines.find((line) => line.startsWith(`${id} `))?.split(/ {2,}/) ?? [];
    expect(cells(novaPro)).toEqual(
      [novaPro, "Amazon Nova Pro", "nova", "1.050", "4.200", "default", "active"],
    );
    expect(cells(novaLite)).toEqual(
      [novaLite, "Amazon Nova Lite", "nova", "unknown", "unknown", "available", "active"],
    );
    expect(cells(claude35)).toEqual(
      [
        claude35,
        "Claude 3.5 Sonnet v2",
        "claude",
        "3.000",
        "15.000",
        "available",
        "ended 2026-07-30",
      ],
    );
    expect(cells(opus3)).toEqual(
      [opus3, "Opus with", "[31ma lo…", "claude", "15.000", "75.000", "stopped", "legacy"],
    );
    const longId = lines.indexOf("x".repeat(60));
    const named = lines[longId + 1] ?? "";
    expect(named.indexOf("Amazon Nova 2 Lite")).toBe(header.indexOf("NAME"));
    expect(lines).toContain(`For the use case triage: ${"x".repeat(60)}`);
    expect(lines).toContain(
      `${claude35}: legacy, ended 2026-07-30, successor eu.anthropic.claude-sonnet-5-5`,
    );
    expect(lines.at(-2)).toBe("11 models; prices are USD per million tokens");
    expect(lines.at(-1)).toMatch(/^Registry version: \d+$/);
    expect(lines).toContain(
      "stopped: disabled, also for existing conversations",
    );
  }));

Deno.test("switch-bedrock-model.sh default tells who follows it, and when there is none", () =>
  withFreshProject(stack, async (project) => {
    const [version, ...lines] = (await printed(project, "default")).reverse();
    expect(version).toMatch(/^Registry version: \d+$/);
    expect(lines.reverse()).toEqual([
      "Default: Amazon Nova Pro",
      `  Model id: ${novaPro}`,
      "  Cost: $1.05/$4.20 per million input/output tokens",
      "  Format: nova",
      expect.stringMatching(/^ {2}Accepts: text, images, documents; tools; /),
      "Follow the default: platform",
      "Keep a model of their own:",
      `  clinical: ${claude35}`,
      `  health: ${novaLite}`,
      "  operations: eu.amazon.nova-micro-v1:0",
    ]);

    await project.sql`update bedrock_models set is_default = false`;
    await project.sql`update ai_assistants set model_version = null, is_active = false`;
    const none = await printed(project, "default");
    expect(none[0]).toBe("There is no default model");
    expect(none).toContain(
      "Follow the default: " +
        ["clinical", "health", "operations", "platform"].map((type) => `${type} (not active)`)
          .join(", "),
    );
    expect(none).toContain("Keep a model of their own: none");
  }));

Deno.test("switch-bedrock-model.sh switch makes the next answer come from the new model", () =>
  withFreshProject(stack, async (project) => {
    const { code, stdout, stderr } = await run(project, [claude35, "switch"]);
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(0, 5)).toEqual([
      "Claude 3.5 Sonnet v2 is now the default.",
      `  Model id: ${claude35}`,
      "  Cost: $3.00/$15.00 per million input/output tokens",
      "  Format: claude",
      `Default before: ${novaPro}`,
    ]);
    expect(stdout).toContain("\nFollow the default: platform\n");
    expect(stdout).toContain("Assistants that another model answers (1):\n");
    expect(stdout).toMatch(
      new RegExp(`\\n {2}platform: ${novaPro} -> ${claude35}; turns in 30 days: `),
    );
    expect(stderr).toMatch(/^Warning: .*legacy.*2026-07-30.*eu\.anthropic\.claude-sonnet-5-5/);

    const { body } = await project.ask("admin", "Who answers?");
    expect(body.model).toMatchObject({ model_id: claude35, reason: "default" });
    const [entry] = await project.sql`
      select source, actor_user_id, actor_key_name from model_switches
      where action = 'set-default' order by id desc limit 1`;
    expect(entry).toEqual({ source: "cli", actor_user_id: null, actor_key_name: "default" });

    const again = await run(project, [claude35, "switch"]);
    expect(again.stdout).toMatch(/^Claude 3\.5 Sonnet v2 [^\n]*already[^\n]*\n/);
    expect(again.stdout).not.toContain("Default before");
  }));

Deno.test("switch-bedrock-model.sh enables and disables, and says why it may not", () =>
  withFreshProject(stack, async (project) => {
    const state = async (id: string) =>
      (await project.sql`
        select is_available, serves_pinned from bedrock_models where model_id = ${id}`)[0];

    const refused = await run(project, [opus3, "switch"]);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^switch-bedrock-model\.sh: .*not available.*[Ee]nable.*\n$/);

    expect((await run(project, [opus3, "enable"])).code).toBe(0);
    expect(await state(opus3)).toEqual({ is_available: true, serves_pinned: true });
    const disabled = await run(project, [opus3, "disable"]);
    expect([disabled.code, disabled.stderr]).toEqual([
      0,
      expect.stringMatching(/^Warning: Calls for these names are refused, .*: claude-3-opus.*\n$/),
    ]);
    expect(await state(opus3)).toEqual({ is_available: false, serves_pinned: true });
    await printed(project, opus3, "disable", "--now");
    expect(await state(opus3)).toEqual({ is_available: false, serves_pinned: false });

    const isDefault = await run(project, [novaPro, "disable"]);
    expect(isDefault.code).toBe(1);
    expect(isDefault.stderr).toContain("(model_is_default)");
    const unknown = await run(project, ["no-such-model", "switch"]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("no model no-such-model");
    expect(await state(novaPro)).toEqual({ is_available: true, serves_pinned: true });
  }));

Deno.test("switch-bedrock-model.sh validate exits with 1 when a check fails", () =>
  withFreshProject(stack, async (project) => {
    const valid = await printed(project, novaLite, "validate");
    expect(valid[0]).toBe(`Amazon Nova Lite (${novaLite}) is valid`);
    expect(valid[1]).toBe("  Also named: nova-lite");
    expect(valid.slice(2, -1).every((line) => line.startsWith("  ok      "))).toBe(true);

    for (const options of [[], ["--json"]]) {
      const { code, stdout } = await run(project, [opus3, "validate", ...options]);
      expect(code).toBe(1);
      expect(stdout).toContain(options.length > 0 ? '"valid":false' : "  FAILED  available: ");
    }
  }));

Deno.test("switch-bedrock-model.sh --json prints the answer of the API, also of a refusal", () =>
  withFreshProject(stack, async (project) => {
    const [json = "", ...rest] = await printed(project, "list", "--json");
    expect(rest).toEqual([]);
    expect(JSON.parse(json)).toEqual((await manage(project, { action: "list" })).body);

    const refusal = await run(project, ["--json", "no-such-model", "enable"]);
    expect(refusal.code).toBe(1);
    expect(JSON.parse(refusal.stdout).error.code).toBe("model_not_found");
    expect(refusal.stderr.trimEnd().split("\n")).toHaveLength(1);
  }));

Deno.test("switch-bedrock-model.sh is refused with any key that is not secret", () =>
  withFreshProject(stack, async (project) => {
    const { keys } = project;
    const publishable = [keys.publishable, keys.anon];
    for (const key of [...publishable, await project.token("patient"), "nonsense"]) {
      const { code, stdout, stderr } = await run(project, [novaLite, "switch"], key);
      expect({ code, stdout }).toEqual({ code: publishable.includes(key) ? 2 : 1, stdout: "" });
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stderr).not.toContain(key);
    }
    expect((await run(project, ["list"], keys.serviceRole)).code).toBe(0);
    expect((await run(project, ["list"], await project.token("admin"))).code).toBe(0);
    const [row] = await project.sql`select model_id from bedrock_models where is_default`;
    expect(row?.model_id).toBe(novaPro);
  }));

Deno.test("switch-bedrock-model.sh switch says what the probe found, or that none was made", () =>
  withFreshProject(stack, async (project) => {
    const probed = await printed(project, novaLite, "switch");
    expect(probed.join("\n")).toMatch(
      /^Probe: passed in \d+ ms; \d+ input and \d+ output tokens$/m,
    );
    expect((await printed(project, "default")).join("\n"))
      .toMatch(/\n {2}Last probe: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, passed in \d+ ms/);

    await project.bedrock.setModel(novaPro, { access: "denied" });
    const refused = await run(project, [novaPro, "switch"]);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^[^\n]*nothing was changed[^\n]*\(probe_failed\)\n$/);
    expect((await printed(project, "list")).join("\n"))
      .toMatch(/nova-pro-v1:0: last probe, .*, FAILED \(bedrock_access_denied\)/);
    const validated = await run(project, [novaPro, "validate", "--probe"]);
    expect(validated.code).toBe(1);
    expect(validated.stdout).toContain("  FAILED  invoke: ");
    expect(validated.stdout).toContain("  FAILED  stream: ");

    const unprobed = await printed(project, novaPro, "switch", "--no-probe");
    expect(unprobed).toContain("Probe: none was made");
  }));

Deno.test("switch-bedrock-model.sh switches to a model without a price with --force", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set input_cost_per_mtok = null where model_id = ${novaLite}`;
    const refused = await run(project, [novaLite, "switch"]);
    expect(refused.stderr).toMatch(/--force.*\(price_unknown\)\n$/);
    const forced = await run(project, [novaLite, "switch", "--force"]);
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain("  Cost: unknown/$0.312 per million input/output tokens\n");
    expect(forced.stderr).toMatch(/^Warning: The price/);
  }));

Deno.test("switch-bedrock-model.sh assigns models to assistants, and takes them away", () =>
  withFreshProject(stack, async (project) => {
    const assigned = await printed(project, novaPro, "assign", "health");
    expect(assigned[0]).toBe("Health assistant answers with Amazon Nova Pro.");
    expect(assigned).toContain(`Model before: ${novaLite}`);
    expect((await printed(project, "unassign", "health"))[0])
      .toBe("Health assistant follows the default.");

    await project.sql`
      update ai_assistants set fallback_models = ${[novaLite]} where assistant_type = 'clinical'`;
    const lines = await printed(project, "assistants");
    const cells = lines.map((line) => line.split(/ {2,}/));
    expect(cells[0]).toEqual(["ASSISTANT", "NAME", "MODEL", "FALLBACKS", "ON DISCONNECT"]);
    expect(cells).toContainEqual(["clinical", "Clinical assistant", claude35, novaLite, "finish"]);
    expect(cells).toContainEqual([
      "health",
      "Health assistant",
      `default (${novaPro})`,
      "any",
      "finish",
    ]);
    const unknown = await run(project, ["unassign", "nobody"]);
    expect(unknown.stderr).toMatch(/clinical, health.*\(assistant_not_found\)\n$/);
  }));

Deno.test("switch-bedrock-model.sh shows the settings, and sets one of them", () =>
  withFreshProject(stack, async (project) => {
    const row = async () =>
      (await project.sql`select require_mfa, on_role_change from registry_settings`)[0];
    const shown = (await printed(project, "settings")).map((line) => line.split(/ {2,}/));
    expect(shown.slice(0, -1)).toEqual([
      ["SETTING", "VALUE"],
      ["allowed_geographies", "eu"],
      ["function_geographies", "null"],
      ["require_mfa", "false"],
      ["require_person", "false"],
      ["allow_anonymous_users", "false"],
      ["allow_provider_retention", "false"],
      ["on_role_change", "refuse"],
      ["backup_days", "30"],
    ]);
    const set = await printed(project, "settings", "set", "on_role_change", "move");
    expect(set[0]).toBe("The settings are updated.");
    expect(set.map((line) => line.split(/ {2,}/))).toContainEqual(["on_role_change", "move"]);
    expect(await row()).toEqual({ require_mfa: false, on_role_change: "move" });
    await printed(project, "settings", "set", "require_mfa", "true");
    expect(await row()).toEqual({ require_mfa: true, on_role_change: "move" });
    expect(await printed(project, "settings", "set", "allowed_geographies", "eu,uk"))
      .toContain("Calls may be processed in eu, uk.");
    const refused = await run(project, ["settings", "set", "allowed_geographies", "Europe"]);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("(invalid_request)");
  }));

Deno.test("switch-bedrock-model.sh shows the history in words, and goes back in it", () =>
  withFreshProject(stack, async (project) => {
    await printed(project, novaLite, "switch", "--reason", "half the price");
    await printed(project, novaPro, "assign", "health", "--no-probe");
    await run(project, [opus3, "enable"]); // warns of its end
    await project.sql`
      update bedrock_models set priority = 3, use_case = 'triage' where model_id = ${novaLite}`;

    const history = async (...args: string[]) =>
      (await printed(project, "history", ...args)).filter((line) => !line.startsWith("Registry"));
    const entries = await history("--limit", "4");
    expect(entries.map((line) => line.replace(/^\d+ {2}[\d-]+ [\d:]+Z/, "ID"))).toEqual([
      "ID  sql  postgres, in postgres.js",
      `    ${novaLite} is changed: priority 3 (before: 20); use case triage (before: none)`,
      "ID  cli  key default, claimed via service_role",
      `    ${opus3} is available (before: disabled)`,
      "ID  cli  key default, claimed via service_role",
      `    health answers with ${novaPro} (before: ${novaLite}) (not probed)`,
      "ID  cli  key default, claimed via service_role",
      `    ${novaLite} is the default (before: ${novaPro}) (probed)`,
      "    Reason: half the price",
    ]);
    // Each filter alone finds the entry.
    const found = entries.slice(-3);
    for (const filter of [["--action", "set-default"], ["--search", "half the"]]) {
      expect((await history(...filter)).slice(0, 3)).toEqual(found);
    }
    expect(await history("--assistant", "health", "--limit", "1")).toEqual(entries.slice(4, 6));
    expect(await history("--by", "postgres", "--limit", "1")).toEqual(entries.slice(0, 2));
    expect(await history("--model", opus3, "--limit", "1")).toEqual(entries.slice(2, 4));
    expect(await history("--by", "nobody")).toEqual(["No entries"]);
    const [header, row = ""] = await printed(project, "history", "--search", "half the", "--csv");
    expect(header).toMatch(/^id,created_at,actor,source,action,.*,change,reason,/);
    expect(row).toContain(
      `,${novaLite} is the default (before: ${novaPro}),half the price,passed,`,
    );

    const [id = ""] = found[0]?.split(" ") ?? [];
    const undone = await printed(project, "rollback", "--to", id, "--reason", "worse answers");
    expect(undone[0]).toBe(`The registry is as it was before switch ${id}.`);
    expect(undone).toContain(`Default: ${novaPro}`);
    expect(undone).toContain(`  health answers with ${novaLite}`);
    expect(undone.join("\n")).toMatch(
      /\nThe next rollback would undo |\nNothing is left to roll back\n/,
    );
    const newest = await history("--limit", "1");
    expect(newest.join(" ")).toContain(`(rollback of ${id})`);
    expect(newest.at(-1)).toBe("    Reason: worse answers");
    const [older = ""] = await history("--before", id, "--limit", "1");
    expect(Number(older.split(" ")[0])).toBeLessThan(Number(id));
    const unknown = await run(project, ["rollback", "--to", "999999999"]);
    expect(unknown.stderr).toContain("(switch_not_found)");
  }));

Deno.test("switch-bedrock-model.sh rollback goes one step further back, and says what comes next", () =>
  withFreshProject(stack, async (project) => {
    await printed(project, novaLite, "switch", "--no-probe");
    await printed(project, novaPro, "assign", "health", "--no-probe", "--reason", "a trial");
    const first = await printed(project, "rollback");
    expect(first).toContain(`  health answers with ${novaLite}`);
    expect(first.join("\n")).toMatch(
      new RegExp(
        `The next rollback would undo \\d+ of [\\d-]+ [\\d:]+Z: ${novaLite} is the default`,
      ),
    );
    const second = await printed(project, "rollback");
    expect(second).toContain(`Default: ${novaPro}`);
    expect(second).toContain(`  ${novaPro} is the default`);
  }));

Deno.test("switch-bedrock-model.sh --impact says what a change would do, and changes nothing", () =>
  withFreshProject(stack, async (project) => {
    await project.ask("admin", "Hello");
    const version = async () =>
      (await project.sql`select version from registry_version`)[0]?.version;
    const before = await version();
    const shown = await run(project, [novaLite, "switch", "--impact"]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain("Assistants that another model answers (1):\n");
    expect(shown.stdout).toContain(`  platform: ${novaPro} -> ${novaLite}; turns in 30 days: 1\n`);
    expect(shown.stdout).toContain("Pinned conversations: 1, active in 30 days: 1; ");
    expect(shown.stdout).toMatch(
      /\nCost of these turns: 0\.\d{6} USD; on the other model 0\.\d{6} USD, 0\.\d{6} less\n/,
    );
    expect(shown.stdout).toContain("\nNothing was changed\n");
    for (
      const args of [
        [novaPro, "assign", "health"],
        ["unassign", "health"],
        [opus3, "enable"],
        [novaLite, "disable", "--now"],
        [novaLite, "retire", "--successor", novaPro],
        ["settings", "set", "allowed_geographies", "eu,uk"],
      ]
    ) {
      const { code, stdout } = await run(project, [...args, "--impact"]);
      expect({ args, code }).toEqual({ args, code: 0 });
      expect(stdout).toContain("Nothing was changed\n");
    }
    expect(await version()).toBe(before);

    const disabled = await run(project, [novaLite, "disable"]);
    expect(disabled.code).toBe(0);
    expect(disabled.stdout).toContain(`  health: ${novaLite} -> `);
  }));

Deno.test("switch-bedrock-model.sh verify exits with 1 when the history was changed", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await printed(project, novaLite, "switch");
    const [whole = "", hash = ""] = await printed(project, "verify");
    expect(whole).toMatch(/^The history is intact: \d+ entries$/);
    expect(hash).toMatch(/^ {2}Last hash: [0-9a-f]{64}$/);

    const write = async (value: string) => {
      await sql.begin(async (transaction) => {
        await transaction`alter table model_switches disable trigger refuse_change`;
        await transaction`
          update model_switches set source = ${value}
          where id = (select max(id) from model_switches)`;
        await transaction`alter table model_switches enable trigger refuse_change`;
      });
    };
    await write("sql");
    try {
      const { code, stdout, stderr } = await run(project, ["verify"]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
      expect(stdout).toMatch(/^The history has been TAMPERED WITH, from entry \d+ on\n {2}\S/);
    } finally {
      await write("cli");
    }
  }));

Deno.test("switch-bedrock-model.sh sync shows the difference, and --apply makes it", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.setModel("amazon.nova-pro-v1:0", {
      lifecycle: "legacy",
      endsOn: "2099-06-30",
    });
    const shown = await printed(project, "sync");
    expect(shown[0]).toBe("Compared with the AWS catalog in eu-central-1");
    expect(shown.join("\n")).toMatch(/\nNot registered \(\d+\):\n {2}\S+ {2}/);
    expect(shown).toContain(`  ${novaPro}  active -> legacy, ends 2099-06-30`);
    expect(shown.join("\n")).toMatch(
      /\n\d+ changes; nothing was changed, --apply makes them\n/,
    );
    expect((await printed(project, "list")).join("\n")).not.toContain("2099-06-30");

    const applied = await printed(project, "sync", "--apply");
    expect(applied.join("\n")).toMatch(/\n\d+ changes were made\n/);
    const listed = await printed(project, "list");
    expect(listed).toContain(`${novaPro}: legacy, ends 2099-06-30, successor unknown`);
    expect(await printed(project, "sync")).toContain("Nothing to change");

    await project.sql`delete from bedrock_models where model_id = 'eu.anthropic.claude-opus-4-8'`;
    const { code, stdout, stderr } = await run(project, [
      "eu.anthropic.claude-opus-4-8",
      "register",
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Claude Opus 4\.8 is registered and not available yet\.\n/);
    expect(stderr).toContain("Warning: The price");
  }));

Deno.test("switch-bedrock-model.sh list marks models that may leave the allowed geographies", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`
      update bedrock_models set geographies = '{eu,us}' where model_id = ${novaLite}`;
    const lines = await printed(project, "list");
    expect(lines.find((line) => line.startsWith(`${novaLite} `))).toContain(" outside ");
    expect(lines).toContain(
      `${novaLite} is never selected: its calls may be processed in us; allowed: eu`,
    );
    const refused = await run(project, [novaLite, "switch"]);
    expect(refused.stderr).toMatch(/allowed is eu only.*\(model_outside_geographies\)\n$/);
  }));

Deno.test("switch-bedrock-model.sh tells who has left a transaction open on the registry, and how to end it", () =>
  withFreshProject(stack, async (project) => {
    const editor = await project.sql.reserve();
    try {
      const [row] = await editor`select pg_backend_pid() as pid`;
      await editor`begin`;
      await editor`update bedrock_models set priority = 1 where model_id = ${novaPro}`;
      const { code, stdout, stderr } = await run(project, [novaLite, "switch", "--no-probe"]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        new RegExp(
          `locked the registry: process ${row?.pid} \\(.*idle in transaction, open since `,
        ),
      );
      expect(stderr).toContain(`select pg_terminate_backend(${row?.pid});`);
      // Turns do not wait for it.
      expect((await project.ask("patient", "Hello")).status).toBe(200);
    } finally {
      await editor`rollback`;
      editor.release();
    }
    expect((await run(project, [novaLite, "switch", "--no-probe"])).code).toBe(0);
  }));
