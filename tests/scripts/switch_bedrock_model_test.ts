import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { freePort } from "../../local/ports.ts";
import { LocalServer } from "../support/local_server.ts";
import { findProgram, runCommand } from "../support/run_command.ts";

const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");
const key = "sb_secret_of-a-test";

/** Runs the command with a key; `env` may say otherwise. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runCommand("bash", [script, ...args], { SUPABASE_SERVICE_KEY: key, ...env });
}

/** A key as projects had them before; only its claims matter here. */
function legacyKey(claims: Readonly<Record<string, string>>): string {
  const encode = (value: object) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${encode({ alg: "HS256", typ: "JWT" })}.${
    encode({ iss: "supabase", ...claims, iat: 1 })
  }.c2ln`;
}

/** Expects one line on stderr, nothing on stdout, and returns the line without the program name. */
function onlyLine({ stdout, stderr }: { stdout: string; stderr: string }): string {
  expect(stdout).toBe("");
  const [line = "", ...rest] = stderr.split("\n");
  expect(rest).toEqual([""]);
  expect(line).toMatch(/^switch-bedrock-model\.sh: ./);
  return line.slice("switch-bedrock-model.sh: ".length);
}

/** A folder with programs of the test's own, for `PATH`. */
class ProgramFolder implements Disposable {
  readonly path = Deno.makeTempDirSync();

  script(name: string, text: string): void {
    Deno.writeTextFileSync(join(this.path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  link(name: string): void {
    Deno.symlinkSync(findProgram(name), join(this.path, name));
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

Deno.test("switch-bedrock-model.sh shows its usage, with or without a key", async () => {
  for (const option of ["--help", "-h"]) {
    const { code, stdout, stderr } = await run(["list", option], { SUPABASE_SERVICE_KEY: "" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("<model-id> switch");
  }
  const { code, stdout, stderr } = await run([]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("<model-id> switch");
});

Deno.test("switch-bedrock-model.sh refuses an invalid command line", async () => {
  const cases: [string[], string][] = [
    [["a-model", "explode"], "unknown action explode"],
    [["a-model", "list"], "unknown action list"],
    [["a-model", "default"], "unknown action default"],
    [["a-model"], "missing action for a-model"],
    [["list", "more"], "unexpected argument: more; usage: list"],
    [["a-model", "switch", "now"], "unexpected argument: now"],
    [["a-model", "switch", "--now"], "--now cannot be used with <model-id> switch"],
    [["a-model", "enable", "--no-probe"], "--no-probe cannot be used with <model-id> enable"],
    [["a-model", "switch", "--probe"], "--probe cannot be used with <model-id> switch"],
    [["list", "--apply"], "--apply cannot be used with list"],
    [
      ["assistant", "set", "health", "--guardrail", "abc1"],
      "--guardrail must be an id or ARN and a version, such as abc123:1, or none, not abc1",
    ],
    [["sync", "--dry-run"], "--dry-run cannot be used with sync"],
    [["a-model", "assign"], "missing <assistant>; usage: <model-id> assign <assistant>"],
    [["a-model", "assign", "health", "more"], "unexpected argument: more"],
    [["unassign"], "missing <assistant>; usage: unassign <assistant>"],
    [["rollback", "7"], "unexpected argument: 7; usage: rollback"],
    [["rollback", "--to"], "--to needs a value"],
    [["rollback", "--to", "-1"], "--to must be a whole number of at least 1, not -1"],
    [["history", "--limit", "many"], "--limit must be a whole number of at least 1, not many"],
    [["history", "--limit", "0"], "--limit must be a whole number of at least 1, not 0"],
    [["list", "--loud"], "unknown option --loud"],
    [["usage", "more"], "unexpected argument: more; usage: usage"],
    [["usage", "--days"], "--days needs a value"],
    [["usage", "--days", ""], "--days must be a whole number of at least 1, not empty"],
    [["usage", "--days", "0.5"], "--days must be a whole number of at least 1, not 0.5"],
    [["usage", "--days", "7", "--from", "2026-11-01"], "--days and --from cannot be combined"],
    [
      ["a-model", "switch", "--impact", "--reason", "x"],
      "--impact and --reason cannot be combined",
    ],
    [["a-model", "switch", "--no-probe", "--impact"], "--impact and --no-probe cannot be combined"],
    [["a-model", "switch", "--impact", "--force"], "--impact and --force cannot be combined"],
    [["usage", "--from", "yesterday"], "--from must be a day or a time, such as 2026-11-01 or"],
    [["usage", "--to"], "--to needs a value"],
    [
      ["usage", "--by", "week"],
      "--by must be one of hour, day, month, total, user, api_key, not week",
    ],
    [["usage", "--json", "--csv"], "--json and --csv cannot be combined"],
    [["usage", "--window", "2"], "--window cannot be used with usage"],
    [["effects", "--csv"], "--csv cannot be used with effects"],
    [["effects", "--by", "day"], "--by cannot be used with effects"],
    [["effects", "--window", "-1"], "--window must be a whole number of at least 1, not -1"],
    [["what-if"], "the model id comes first: <model-id> what-if"],
    [["a-model", "what-if", "--by", "day"], "--by cannot be used with <model-id> what-if"],
    [["a-model", "usage"], "unknown action usage"],
    [["list", "--days", "3"], "--days cannot be used with list"],
    [["", "switch"], "the model id is empty"],
    [["settings", "show"], "unexpected argument: show"],
    [["settings", "set", "require_mfa"], "missing <value>; usage: settings set <name> <value>"],
    [
      ["settings", "set", "mfa", "true"],
      "unknown setting mfa",
    ],
    [["settings", "set", "require_mfa", "yes"], "require_mfa must be one of true, false, not yes"],
    [["settings", "set", "allow_anonymous_users", ""], "must be one of true, false, not empty"],
    [["settings", "set", "on_role_change", "keep"], "must be one of refuse, move, not keep"],
    [
      ["settings", "set", "allowed_geographies", ""],
      "allowed_geographies must be a text, not empty",
    ],
    [["settings", "set", "require_mfa", "true", "now"], "unexpected argument: now"],
    [["settings", "--force"], "--force cannot be used with settings"],
  ];
  for (const [args, message] of cases) {
    const result = await run(args);
    expect(onlyLine(result)).toContain(message);
    expect(result.code).toBe(2);
  }
});

Deno.test("switch-bedrock-model.sh refuses an invalid environment in one line", async () => {
  const cases: [Record<string, string>, string][] = [
    [{ SUPABASE_SERVICE_KEY: "" }, "SUPABASE_SERVICE_KEY is not set"],
    [{ SUPABASE_SERVICE_KEY: "two\nlines" }, "contains an invalid character"],
    [{ SUPABASE_SERVICE_KEY: "sb_publishable_x" }, "is a publishable key"],
    ...["a", "ab", "abc"].map((ref): [Record<string, string>, string] => [
      { SUPABASE_SERVICE_KEY: legacyKey({ ref, role: "anon" }) },
      "is a publishable key",
    ]),
    [{ SUPABASE_URL: "127.0.0.1:54321" }, "must begin with http:// or https://"],
    [{ SUPABASE_URL: "http://example.com" }, "must begin with https://, since http sends the key"],
    [{ SUPABASE_URL: "http://localhost.example.com" }, "must begin with https://"],
    [{ SUPABASE_URL: "http://127.0.0.1.example.com:80" }, "must begin with https://"],
    [
      { SUPABASE_URL: "https://example.com/rest/v1" },
      "must be the project's URL alone, https://example.com, without /rest/v1",
    ],
    [{ SUPABASE_URL: "https://example.com?a=b" }, "without ?a=b"],
    [
      { SUPABASE_URL: 'http://x/"\noutput = "/tmp/x' },
      "SUPABASE_URL contains an invalid character",
    ],
  ];
  for (const [env, message] of cases) {
    const result = await run(["list"], env);
    expect(onlyLine(result)).toContain(message);
    expect(result.code).toBe(2);
  }
});

Deno.test("switch-bedrock-model.sh refuses a password in the URL, and does not print it", async () => {
  for (const scheme of ["https://", "http://", "ftp://", ""]) {
    const result = await run(["list"], { SUPABASE_URL: `${scheme}me:hunter2@example.com` });
    const line = onlyLine(result);
    expect(line).toContain("must not contain a user name or password");
    expect({ code: result.code, printed: line.includes("hunter2") })
      .toEqual({ code: 2, printed: false });
  }
});

Deno.test("switch-bedrock-model.sh takes a legacy service_role key and the URL of this machine", async () => {
  for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
    const result = await run(["list"], {
      SUPABASE_URL: `http://${host}:${freePort()}/`,
      SUPABASE_SERVICE_KEY: legacyKey({ ref: "abc", role: "service_role" }),
    });
    expect(onlyLine(result)).toContain(`cannot connect to http://${host}:`);
    expect(result.code).toBe(1);
  }
});

Deno.test("switch-bedrock-model.sh suggests what an unknown word may have been meant to be", async () => {
  const cases: [string, string][] = [
    ["lst", 'unknown command lst; did you mean "list"?'],
    ["histroy", 'unknown command histroy; did you mean "history"?'],
    ["a-model swich", 'unknown command swich; did you mean "switch"?'],
    ["swich a-model", 'unknown command swich; did you mean "switch"?'],
    ["setings set require_mfa true", 'unknown command setings; did you mean "settings"?'],
    ["a-model switch --no-prob", 'unknown option --no-prob; did you mean "--no-probe"?'],
    ["assistant sett health", "usage: assistant create <assistant>, or assistant set <assistant>"],
    ["switch eu.a.model", "the model id comes first: eu.a.model switch"],
    ["assign eu.a.model health", "the model id comes first: eu.a.model assign <assistant>"],
    ["price set eu.a.model --input 3", "the model id comes first: eu.a.model price set"],
    ["enable", "the model id comes first: <model-id> enable"],
  ];
  for (const [line, message] of cases) {
    const result = await run(line.split(" "));
    expect(onlyLine(result)).toContain(message);
    expect(result.code).toBe(2);
  }
  // A word that resembles none is no misspelling.
  expect(onlyLine(await run(["eu.amazon.nova-pro-v1:0"]))).not.toContain("did you mean");
});

Deno.test("switch-bedrock-model.sh runs as `sh switch-bedrock-model.sh`, whatever sh is", async () => {
  const shells = ["sh", "dash"].filter((name) => {
    try {
      return findProgram(name) !== "";
    } catch {
      return false;
    }
  });
  for (const shell of shells) {
    const { code, stdout, stderr } = await runCommand(shell, [script, "--help"]);
    expect({ shell, code, stderr }).toEqual({ shell, code: 0, stderr: "" });
    expect(stdout).toContain("<model-id> switch");
  }
  const posix = await runCommand("bash", ["--posix", script, "list"], { POSIXLY_CORRECT: "1" });
  expect(onlyLine(posix)).toContain("SUPABASE_SERVICE_KEY is not set");
  // Without bash it says so.
  using programs = new ProgramFolder();
  const without = await runCommand(findProgram("dash"), [script, "list"], { PATH: programs.path });
  expect(onlyLine(without)).toBe("bash is required but not installed");
  expect(without.code).toBe(1);
});

Deno.test("switch-bedrock-model.sh names a program that is too old", async () => {
  const versions: [string, string, string][] = [
    ["curl", "curl 7.19.7 (x86_64) libcurl/7.19.7", "curl 7.20 or later is required"],
    ["jq", "jq-1.4", "jq 1.5 or later is required"],
  ];
  for (const [name, version, message] of versions) {
    using programs = new ProgramFolder();
    programs.script(name, `echo '${version}'`);
    const result = await run(["list"], { PATH: `${programs.path}:${Deno.env.get("PATH")}` });
    expect(onlyLine(result)).toContain(message);
    expect(result.code).toBe(1);
  }
});

Deno.test("switch-bedrock-model.sh names a missing program", async () => {
  using programs = new ProgramFolder();
  for (const missing of ["curl", "jq"]) {
    const result = await runCommand(findProgram("bash"), [script, "list"], {
      PATH: programs.path,
      SUPABASE_SERVICE_KEY: key,
    });
    expect(onlyLine(result)).toBe(`${missing} is required but not installed`);
    expect(result.code).toBe(1);
    programs.link(missing);
  }
});

Deno.test("switch-bedrock-model.sh reports a refused connection in one line", async () => {
  const nowhere = `http://127.0.0.1:${freePort()}`;
  const result = await run(["a-model", "switch"], { SUPABASE_URL: nowhere });
  expect(onlyLine(result)).toContain(`cannot connect to ${nowhere}`);
  expect(result.code).toBe(1);
});

Deno.test("switch-bedrock-model.sh times out, and names the command that shows the outcome", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using server = new LocalServer(async () => {
    await released;
    return Response.json({ success: true });
  });
  using programs = new ProgramFolder();
  // The command waits a minute; here a second has to do.
  programs.script("curl", `exec ${findProgram("curl")} "$@" --max-time 1`);
  const result = await run(["a-model", "switch"], {
    SUPABASE_URL: server.url,
    PATH: `${programs.path}:${Deno.env.get("PATH")}`,
  });
  release();
  expect(onlyLine(result)).toBe(
    `${server.url} timed out; the change may have been made: check with "default"`,
  );
  expect(result.code).toBe(1);
});

Deno.test("switch-bedrock-model.sh tells foreign answers from those of the API", async () => {
  const cases: [Response, string][] = [
    [new Response("<html>Studio</html>"), "answered HTTP 200 with a body that is not JSON"],
    [new Response("", { status: 502 }), "answered HTTP 502 with a body that is not JSON"],
    [Response.json([]), "answered HTTP 200 with a body that is not JSON"],
    [
      Response.json({ code: "NOT_FOUND", message: "Function not found" }, { status: 404 }),
      "answered HTTP 404: Function not found; check that the function manage-bedrock-models is deployed there",
    ],
    [Response.json({ success: true }), "unexpected answer from"],
    [
      Response.json({
        success: false,
        error: { code: "forbidden", message: "You\nmay \u001b[31mnot.", hint: "Ask an admin." },
      }, { status: 403 }),
      "You may  [31mnot. Ask an admin. (forbidden)",
    ],
  ];
  for (const [response, message] of cases) {
    await using server = new LocalServer(() => response.clone());
    const result = await run(["list"], { SUPABASE_URL: server.url });
    expect(onlyLine(result)).toContain(message);
    expect(result.code).toBe(1);
  }
});

Deno.test("switch-bedrock-model.sh sends the key to the project only", async () => {
  const seen: Record<string, string | null>[] = [];
  await using server = new LocalServer((request) => {
    const names = ["authorization", "apikey", "x-switchboard-source"];
    seen.push(Object.fromEntries(names.map((name) => [name, request.headers.get(name)])));
    return Response.json({
      success: false,
      error: { code: "internal_error", message: "Internal error." },
    }, { status: 500 });
  });
  using programs = new ProgramFolder();
  for (const name of ["curl", "jq"]) {
    programs.script(
      name,
      `{ env; printf '%s\\n' "$@"; } >> ${programs.path}/log\nexec ${findProgram(name)} "$@"`,
    );
  }
  const { code, stdout, stderr } = await run(["a-model", "enable"], {
    SUPABASE_URL: `${server.url}/`,
    PATH: `${programs.path}:${Deno.env.get("PATH")}`,
  });
  expect(code).toBe(1);
  expect(seen).toEqual([
    { authorization: `Bearer ${key}`, apikey: key, "x-switchboard-source": "cli" },
  ]);
  const log = Deno.readTextFileSync(join(programs.path, "log"));
  expect(log).toContain("--max-time\n75\n");
  expect(log + stdout + stderr).not.toContain(key);
});

Deno.test("switch-bedrock-model.sh asks the function to run where SWITCHBOARD_REGION says", async () => {
  const seen: (string | null)[] = [];
  await using server = new LocalServer((request) => {
    seen.push(request.headers.get("x-region"));
    return Response.json({ success: false, error: { code: "internal_error", message: "No." } });
  });
  const runIn = async (region: Record<string, string>, ...args: string[]) => {
    const { code, stderr } = await run(args, { SUPABASE_URL: server.url, ...region });
    return { code, stderr };
  };
  const refused = { code: 1, stderr: "switch-bedrock-model.sh: No. (internal_error)\n" };
  expect(await runIn({}, "list")).toEqual(refused);
  expect(await runIn({ SWITCHBOARD_REGION: "eu-central-1" }, "list")).toEqual(refused);
  expect(
    (await runIn({ SWITCHBOARD_REGION: "eu-west-3" }, "export-user", "ann@example.com")).code,
  ).toBe(1);
  expect(seen).toEqual([null, "eu-central-1", "eu-west-3"]);
  for (const region of ['eu-central-1"', "eu central 1", "EU", "eu-central-1\nurl = x"]) {
    expect(await runIn({ SWITCHBOARD_REGION: region }, "list")).toEqual({
      code: 2,
      stderr: "switch-bedrock-model.sh: SWITCHBOARD_REGION must be a region of AWS, such as " +
        "eu-central-1\n",
    });
  }
  expect(seen).toHaveLength(3);
});

Deno.test("switch-bedrock-model.sh waits longer for a trial than the platform lets it take", async () => {
  using programs = new ProgramFolder();
  programs.script("curl", `printf '%s\\n' "$@" > ${programs.path}/log; exit 28`);
  const { code } = await run(["a-model", "try", "health", "--message", "Hi"], {
    SUPABASE_URL: "http://127.0.0.1:9",
    PATH: `${programs.path}:${Deno.env.get("PATH")}`,
  });
  expect(code).toBe(1);
  expect(Deno.readTextFileSync(join(programs.path, "log"))).toContain("--max-time\n160\n");
});

Deno.test("switch-bedrock-model.sh sends any model id as it is, and ignores a .curlrc", async () => {
  const modelId = `eu."x"\\ $(id) \`id\` 'ü' {a,b} [1-3]`;
  const requests: unknown[] = [];
  await using server = new LocalServer(async (request) => {
    requests.push(await request.json());
    return Response.json({ success: true, message: "Done.", registry_version: 2 });
  });
  using home = new ProgramFolder();
  Deno.writeTextFileSync(join(home.path, ".curlrc"), "verbose\n");
  const { code, stdout, stderr } = await run([modelId, "disable", "--now"], {
    SUPABASE_URL: server.url,
    HOME: home.path,
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: "Done.\nRegistry version: 2\n",
    stderr: "",
  });
  expect(requests).toEqual([{ action: "disable", model_id: modelId, now: true }]);
});

Deno.test("switch-bedrock-model.sh asks the API for what its command line says", async () => {
  const requests: unknown[] = [];
  await using server = new LocalServer(async (request) => {
    requests.push(await request.json());
    return Response.json({ success: false, error: { code: "forbidden", message: "No." } });
  });
  const set = { action: "set-default", model_id: "m" };
  const assign = { action: "set-assistant-model", assistant_type: "health" };
  const cases: [string, unknown][] = [
    ["list", { action: "list" }],
    ["default", { action: "get-default" }],
    ["assistants", { action: "list-assistants" }],
    ["m switch", set],
    ["m switch --no-probe --force", { ...set, probe: false, force: true }],
    ["m validate", { action: "validate", model_id: "m" }],
    ["--probe m validate", { action: "validate", model_id: "m", probe: true }],
    ["m enable", { action: "enable", model_id: "m" }],
    ["m disable", { action: "disable", model_id: "m" }],
    ["m register", { action: "register", model_id: "m" }],
    ["m assign health", { ...assign, model_id: "m" }],
    ["m assign health --no-probe", { ...assign, model_id: "m", probe: false }],
    ["unassign health", { ...assign, model_id: null }],
    ["history", { action: "history" }],
    ["history --limit 5 --before 12", { action: "history", limit: 5, before: 12 }],
    ["rollback", { action: "rollback" }],
    ["rollback --to 7", { action: "rollback", to: 7 }],
    ["verify", { action: "verify-history" }],
    ["settings", { action: "get-settings" }],
    [
      "settings set allowed_geographies eu,uk",
      { action: "update-settings", allowed_geographies: ["eu", "uk"] },
    ],
    ["settings set require_mfa true", { action: "update-settings", require_mfa: true }],
    [
      "settings set allow_anonymous_users false",
      { action: "update-settings", allow_anonymous_users: false },
    ],
    ["settings set on_role_change move", { action: "update-settings", on_role_change: "move" }],
    ["sync", { action: "sync" }],
    ["sync --apply", { action: "sync", apply: true }],
    ["usage", { action: "usage" }],
    ["costs --days 7 --by hour", { action: "costs", days: 7, bucket: "hour" }],
    [
      "usage --from 2026-11-01 --to 2026-11-02T12:00:00+01:00 --csv",
      { action: "usage", from: "2026-11-01T00:00:00Z", to: "2026-11-02T12:00:00+01:00" },
    ],
    ["performance --by total", { action: "performance", bucket: "total" }],
    ["effects --window 12 --days 3", { action: "switch-effect", days: 3, window_hours: 12 }],
    ["effects --limit 3", { action: "switch-effect" }],
    ["m what-if --days 3", { action: "what-if", model_id: "m", days: 3 }],
    ["m switch --reason tired", { ...set, reason: "tired" }],
    ["m switch --impact", { action: "impact", change: set }],
    ["m assign health --impact", { action: "impact", change: { ...assign, model_id: "m" } }],
    ["unassign health --impact", { action: "impact", change: { ...assign, model_id: null } }],
    ["m enable --impact", { action: "impact", change: { action: "enable", model_id: "m" } }],
    [
      "m disable --now --impact",
      { action: "impact", change: { action: "disable", model_id: "m", now: true } },
    ],
    [
      "m retire --impact --successor n",
      { action: "impact", change: { action: "retire", model_id: "m", successor_model_id: "n" } },
    ],
    [
      "m retire --dry-run --successor n",
      { action: "retire", model_id: "m", successor_model_id: "n", dry_run: true },
    ],
    ["m retire --reason old", { action: "retire", model_id: "m", reason: "old" }],
    ["lifecycle", { action: "list-lifecycle" }],
    [
      "settings set allowed_geographies eu --impact",
      { action: "impact", change: { action: "update-settings", allowed_geographies: ["eu"] } },
    ],
    ["rollback --to 7 --impact", { action: "impact", change: { action: "rollback", to: 7 } }],
    ["m prices", { action: "list-prices", model_id: "m" }],
    [
      "m price set --input 3 --output 15.5 --cache-read unknown --valid-from 2030-01-01",
      {
        action: "set-price",
        model_id: "m",
        input_cost_per_mtok: 3,
        output_cost_per_mtok: 15.5,
        cache_read_cost_per_mtok: null,
        valid_from: "2030-01-01T00:00:00Z",
      },
    ],
    [
      "m price set --long-prompt-tokens 200000 --long-prompt-factor none",
      {
        action: "set-price",
        model_id: "m",
        long_prompt_tokens: 200_000,
        long_prompt_factor: null,
      },
    ],
    [
      "assistant create triage --name Triage --prompt Be --temperature 0.2 --top-p none",
      {
        action: "create-assistant",
        assistant_type: "triage",
        name: "Triage",
        system_prompt: "Be",
        model_config: { temperature: 0.2 },
      },
    ],
    [
      "assistant set health --fallbacks a,b --active false --on-disconnect stop --name true",
      {
        action: "set-assistant",
        assistant_type: "health",
        fallback_models: ["a", "b"],
        is_active: false,
        on_disconnect: "stop",
        name: "true",
      },
    ],
    [
      "assistant set health --fallbacks any",
      { action: "set-assistant", assistant_type: "health", fallback_models: null },
    ],
    [
      "assistant set health --fallbacks none",
      { action: "set-assistant", assistant_type: "health", fallback_models: [] },
    ],
    [
      "assistant set health --guardrail arn:aws:bedrock:eu-central-1:123456789012:guardrail/a1:DRAFT",
      {
        action: "set-assistant",
        assistant_type: "health",
        guardrail_id: "arn:aws:bedrock:eu-central-1:123456789012:guardrail/a1",
        guardrail_version: "DRAFT",
      },
    ],
    [
      "assistant set health --guardrail none",
      {
        action: "set-assistant",
        assistant_type: "health",
        guardrail_id: null,
        guardrail_version: null,
      },
    ],
    [
      "assistant create triage --name Triage --effort none --guardrail a1:2",
      {
        action: "create-assistant",
        assistant_type: "triage",
        name: "Triage",
        model_config: { effort: "none" },
        guardrail_id: "a1",
        guardrail_version: "2",
      },
    ],
    [
      "m price set --cache-write-1h 2.5",
      { action: "set-price", model_id: "m", cache_write_1h_cost_per_mtok: 2.5 },
    ],
    ["roles --email ann", { action: "list-roles", email: "ann" }],
    [
      "role set a@b.example clinical",
      { action: "set-role", email: "a@b.example", assistant_type: "clinical" },
    ],
    [
      "role set a@b.example none",
      { action: "set-role", email: "a@b.example", assistant_type: null },
    ],
    [
      "m try health --with n --message Hi --with o",
      { action: "try", assistant_type: "health", model_ids: ["m", "n", "o"], content: "Hi" },
    ],
    [
      "history --model m --assistant health --by ci --action assign --search x --from 2026-11-01",
      {
        action: "history",
        model_id: "m",
        assistant_type: "health",
        actor: "ci",
        of_action: "assign",
        search: "x",
        from: "2026-11-01T00:00:00Z",
      },
    ],
  ];
  for (const [line] of cases) {
    const { code } = await run(line.split(" "), { SUPABASE_URL: server.url });
    expect({ line, code }).toEqual({ line, code: 1 });
  }
  expect(requests).toEqual(cases.map(([, request]) => request));
});
