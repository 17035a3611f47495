/** The smoke test of a project, against the embedded stack. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { smoke } from "../../tools/smoke.ts";
import { checks } from "../../tools/smoke/checks.ts";
import { changeProject } from "../support/changed_project.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { personas } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";

function environment({ apiUrl, keys }: FreshProject): Record<string, string> {
  return {
    SUPABASE_URL: apiUrl,
    SUPABASE_PUBLISHABLE_KEY: keys.publishable,
    SUPABASE_SECRET_KEY: keys.secret,
    SMOKE_USER_EMAIL: personas.patient,
    SMOKE_USER_PASSWORD: "switchboard",
    SMOKE_CLINICIAN_EMAIL: personas.clinician,
    SMOKE_CLINICIAN_PASSWORD: "switchboard",
    SMOKE_ADMIN_EMAIL: personas.admin,
    SMOKE_ADMIN_PASSWORD: "switchboard",
  };
}

/** Runs the test in this process; returns its report and whether it was satisfied. */
async function smoked(
  project: FreshProject,
  { args = [], env = {} }: { args?: string[]; env?: Readonly<Record<string, string>> } = {},
) {
  const variables: Readonly<Record<string, string>> = { ...environment(project), ...env };
  const lines: string[] = [];
  const good = await smoke(["--yes", ...args], {
    env: (name) => variables[name],
    print: (line) => lines.push(line),
    ask: null,
    signal: new AbortController().signal,
  });
  return { good, report: lines.join("\n") };
}

/** What a smoke test must leave as it was. */
async function stateOf({ sql }: FreshProject) {
  const models = await sql`
    select model_id, is_default, is_available from bedrock_models order by model_id`;
  const conversations = await sql`select id from ai_conversations`;
  const keys = await sql`select id from ai_api_keys where revoked_at is null`;
  return { models: [...models], conversations: [...conversations], keys: [...keys] };
}

function expectNoSecret(report: string, project: FreshProject): void {
  const values = Object.values(environment(project));
  for (
    const secret of [...values, new URL(project.apiUrl).host, "eyJ", "bsk_", "stand-in", "ready"]
  ) {
    // The password is the project's name as well, which the title holds.
    if (secret !== "switchboard") expect(report).not.toContain(secret);
  }
}

Deno.test("smoke passes on the embedded stack, and leaves the project as it was", () =>
  withFreshProject(stack, async (project) => {
    const before = await stateOf(project);
    const { good, report } = await smoked(project);
    expect({ good, report }).toEqual({ good: true, report: expect.stringMatching(/, 0 failed$/) });
    expect(report).not.toContain("FAILED");
    for (const { name } of checks) expect(report).toContain(`ok      ${name}`);
    expect(report).toMatch(/\nCost: \$0\.00\d+ for 6 answers and the probe\.\n/);
    expect(report).toContain(`${novaPro} to ${novaMicro} and back; logged by key default; next`);
    expect(report).toContain("BEDROCK_REGION: eu-central-1");
    expectNoSecret(report, project);

    expect(await stateOf(project)).toEqual(before);
    expect(await project.sql`select from ai_usage`).toHaveLength(6);
    expect(report).toMatch(
      /ok {6}openai with an API key, .*: (\d+) names by Bearer; \1 names by x-api-key; eu\.amazon/,
    );
    const keys = await project.sql`
      select dialects, revoked_at is not null as revoked, expires_at < now() + interval '1 hour' as ends
      from ai_api_keys`;
    expect([...keys]).toEqual([{ dialects: ["openai"], revoked: true, ends: true }]);
  }));

Deno.test("smoke brings the default back when what comes after the switch fails", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`update ai_assistants set is_active = false where assistant_type = 'platform'`;
    const before = await stateOf(project);
    const { good, report } = await smoked(project);
    expect(good).toBe(false);
    expect(report).toMatch(/FAILED {2}switch of the default, and back: 409 assistant_inactive/);
    expect(report).toMatch(/FAILED {2}answer to the admin: 409 assistant_inactive, request /);
    expect(report).toContain("ok      the project is as it was");
    expect(report).toMatch(/\d+ passed, 2 failed$/);
    expectNoSecret(report, project);
    expect(await stateOf(project)).toEqual(before);
    const switches = await project.sql`
      select model_id from model_switches where action = 'set-default' order by id desc limit 2`;
    expect(switches.map((row) => row.model_id)).toEqual([novaPro, novaMicro]);
  }));

Deno.test("smoke passes on a project without the role clinical, and says what it skipped", () =>
  withFreshProject(stack, async (project) => {
    await project.sql`delete from ai_user_roles where assistant_type = 'clinical'`;
    await project.sql`delete from ai_assistants where assistant_type = 'clinical'`;
    const env = { SMOKE_CLINICIAN_EMAIL: "", SMOKE_CLINICIAN_PASSWORD: "" };
    const { good, report } = await smoked(project, { env });
    expect({ good, report })
      .toEqual({ good: true, report: expect.stringMatching(/, 3 skipped, 0 failed$/) });
    for (const name of ["sign in: clinician", "answer to the clinician"]) {
      expect(report).toContain(`SKIPPED ${name}: no clinician was given`);
    }
  }));

Deno.test("smoke takes the next model where the account may not call the cheapest", () =>
  withFreshProject(stack, async (project) => {
    await project.bedrock.setModel(novaMicro, { access: "denied" });
    const { report } = await smoked(project);
    expect(report).toMatch(
      new RegExp(`ok {6}switch of the default, and back: .*${novaMicro}: 502 probe_failed`),
    );
    const [row] = await project.sql`select model_id from bedrock_models where is_default`;
    expect(row?.model_id).toBe(novaPro);
  }));

Deno.test("smoke leaves a default alone that somebody else has set meanwhile", () =>
  withFreshProject(stack, async (project) => {
    const others = "eu.amazon.nova-lite-v1:0";
    // As soon as the new default has answered, another operator makes another model the default.
    await project.sql.unsafe(`
      create function public.other_operator() returns trigger language plpgsql security definer as $$
      begin
        update public.bedrock_models set is_default = true where model_id = '${others}';
        return null;
      end $$;
      create trigger other_operator after insert on public.ai_messages
        for each row when (new.model_used = '${novaMicro}')
        execute function public.other_operator();`);
    try {
      const { report } = await smoked(project);
      expect(report).toContain(`and not back: somebody else made ${others} the default meanwhile`);
      expect(report).toMatch(
        new RegExp(`the project is as it was: .*; not back: somebody else made ${others} the`),
      );
      const [row] = await project.sql`select model_id from bedrock_models where is_default`;
      expect(row?.model_id).toBe(others);
    } finally {
      await project.sql.unsafe("drop function public.other_operator() cascade");
    }
  }));

Deno.test("smoke brings the default back at the end where it could not at once", () =>
  withFreshProject(stack, async (project) => {
    const before = await stateOf(project);
    let switched = false;
    let failures = 0;
    await using changed = changeProject(project, ({ body, passOn }) => {
      const restores = switched && failures === 0 && body.includes('"get-default"');
      if (body.includes('"set-default"')) switched = true;
      if (!restores) return passOn();
      failures++;
      return new Response("The connection failed.", { status: 502 });
    });
    const { good, report } = await smoked(project, { args: ["--url", changed.url] });
    expect({ good, failures }).toEqual({ good: false, failures: 1 });
    expect(report).toMatch(/FAILED {2}switch of the default, and back: 502 without our envelope/);
    expect(report).toContain("ok      the project is as it was");
    expect(await stateOf(project)).toEqual(before);
  }));

Deno.test("smoke deletes the conversations of turns that failed, whole and streamed", () =>
  withFreshProject(stack, async (project) => {
    const before = await stateOf(project);
    const failed = { kind: "error", exception: "AccessDeniedException", message: "No." } as const;
    await project.bedrock.addFaultRule(failed, { times: 100 });
    const { good, report } = await smoked(project);
    expect(good).toBe(false);
    expect(report).toMatch(/FAILED {2}answer to the user: 502 bedrock_access_denied/);
    expect(report).toMatch(
      /FAILED {2}stream to the user: the stream ended with bedrock_access_denied/,
    );
    expect(report).toContain("ok      the project is as it was");
    expect(await stateOf(project)).toEqual(before);
  }));

Deno.test("smoke revokes its key where the key did not arrive", () =>
  withFreshProject(stack, async (project) => {
    await using changed = changeProject(project, async ({ body, passOn }) => {
      const response = await passOn();
      if (!body.includes('"create-api-key"')) return response;
      await response.body?.cancel();
      return new Response("The gateway gave up.", { status: 504 });
    });
    const { good, report } = await smoked(project, { args: ["--url", changed.url] });
    expect(good).toBe(false);
    expect(report).toMatch(/FAILED {2}openai with an API key, .*: 504 without our envelope/);
    expect(report).toContain("ok      the project is as it was");
    const keys = await project.sql`select revoked_at is not null as revoked from ai_api_keys`;
    expect([...keys]).toEqual([{ revoked: true }]);
  }));

Deno.test("smoke deletes the conversation of an answer that did not arrive", () =>
  withFreshProject(stack, async (project) => {
    const before = await stateOf(project);
    let asked = 0;
    await using changed = changeProject(project, async ({ path, body, passOn }) => {
      const response = await passOn();
      if (path !== "/functions/v1/chat" || !response.ok || !body.includes("ready")) return response;
      await response.body?.cancel();
      asked++;
      return new Response("The gateway gave up.", { status: 504 });
    });
    const { report } = await smoked(project, { args: ["--url", changed.url] });
    expect(report).toMatch(/FAILED {2}answer to the user: 504 without our envelope/);
    expect(report).toContain("ok      the project is as it was");
    expect(asked).toBeGreaterThan(3);
    expect(await stateOf(project)).toEqual(before);
  }));

Deno.test("smoke sends keys and tokens to no other function than --chat-name names", () =>
  withFreshProject(stack, async (project) => {
    let hostsOwn = 0;
    await using changed = changeProject(project, ({ path, passOn }) => {
      if (path === "/functions/v1/our-chat") return passOn("/functions/v1/chat");
      if (path !== "/functions/v1/chat") return passOn();
      hostsOwn++;
      return Response.json({ from: "a function of the host's own" });
    });
    const args = ["--url", changed.url, "--chat-name", "our-chat"];
    const { good, report } = await smoked(project, { args });
    expect({ good, report, hostsOwn })
      .toEqual({ good: true, report: expect.stringMatching(/, 0 failed$/), hostsOwn: 0 });
  }));

Deno.test("smoke follows no redirection, which would take the keys along", () =>
  withFreshProject(stack, async (project) => {
    let elsewhere = 0;
    await using other = changeProject(project, ({ passOn }) => {
      elsewhere++;
      return passOn();
    });
    await using changed = changeProject(
      project,
      ({ path }) => Response.redirect(other.url + path, 307),
    );
    const { good, report } = await smoked(project, { args: ["--url", changed.url] });
    expect({ good, elsewhere }).toEqual({ good: false, elsewhere: 0 });
    expect(report).toContain("FAILED  sign in: user: the connection failed, or was redirected");
  }));

Deno.test("smoke signs its users out", () =>
  withFreshProject(stack, async (project) => {
    const sessions = () => project.sql`select id from auth.sessions order by id`;
    const before = [...await sessions()];
    const ended: string[] = [];
    await using changed = changeProject(project, async ({ request, path, passOn }) => {
      const response = await passOn();
      if (path === "/auth/v1/logout") {
        ended.push(`${new URL(request.url).search} ${response.status}`);
      }
      return response;
    });
    const { good } = await smoked(project, { args: ["--url", changed.url] });
    expect({ good, ended }).toEqual({ good: true, ended: Array(3).fill("?scope=local 204") });
    expect([...await sessions()]).toEqual(before);
  }));

Deno.test("smoke ends on Ctrl-C after the check that runs, and undoes what it did", () =>
  withFreshProject(stack, async (project) => {
    const before = await stateOf(project);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-net", "--allow-env", "tools/smoke.ts", "--yes"],
      cwd: projectRoot,
      env: { ...environment(project), NO_PROXY: "127.0.0.1", NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let report = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const asked = /answer to the user/;
      if (!asked.test(report) && asked.test(report + text)) child.kill("SIGINT");
      report += text;
    }
    const errors = await new Response(child.stderr).text();
    const { code } = await child.status;
    expect({ code, errors }).toEqual({ code: 1, errors: "Ending after this check…\n" });
    expect(report).toContain("Interrupted: not every check was run.");
    expect(report).toContain("ok      the project is as it was");
    expect(report).not.toContain("regions");
    expect(await stateOf(project)).toEqual(before);
  }));

Deno.test("deno task smoke has the permissions that it needs, and says what it needs", async () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(projectRoot, "deno.json")));
  expect(tasks.smoke.command).toBe("deno run --allow-net --allow-env tools/smoke.ts");
  const lines: string[] = [];
  const terminal = { print: (line: string) => lines.push(line), ask: null };
  const { signal } = new AbortController();
  await smoke(["--help"], { ...terminal, env: () => undefined, signal });
  for (const part of ["SMOKE_ADMIN_PASSWORD", "three users", "about a cent", "audit log"]) {
    expect(lines.join("\n")).toContain(part);
  }
});
