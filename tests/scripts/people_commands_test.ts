/** How switch-bedrock-model.sh exports, erases and keeps what is stored of users. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { LocalServer } from "../support/local_server.ts";
import { runCommand } from "../support/run_command.ts";

const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");
const ann = "00000000-0000-4000-8000-00000000000a";
const hash = "5f0a".repeat(16);

/** Runs the command on an API that answers in turn so, the last answer again and again. */
async function played(answers: readonly (object | Response)[], ...args: string[]) {
  const requests: Record<string, unknown>[] = [];
  await using server = new LocalServer(async (request) => {
    requests.push(await request.json());
    const answer = answers[Math.min(requests.length, answers.length) - 1];
    return answer instanceof Response
      ? answer.clone()
      : Response.json({ success: true, registry_version: 7, ...answer });
  });
  const { code, stdout, stderr } = await runCommand("bash", [script, ...args], {
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_KEY: "sb_secret_of-a-test",
    LC_ALL: "C.UTF-8",
  });
  return { code, stdout, stderr, lines: stdout.replace(/\n$/, "").split("\n"), requests };
}

function refused(status: number, code: string, message: string): Response {
  return Response.json({ success: false, error: { code, message, request_id: "r" } }, { status });
}

const receipt = {
  id: 3,
  kind: "user",
  status: "done",
  user_hash: hash,
  assistant_type: null,
  conversations: 2,
  messages: 1234,
  objects: 1,
  limit_windows: 0,
  asked_by_user_id: null,
  asked_by_key_name: "default",
  database_role: "service_role",
  begun_at: "2026-11-30T10:00:00+00:00",
  ended_at: "2026-11-30T10:00:09+00:00",
  backups_until: "2026-12-30",
};

function job(messages: number, objects: number) {
  const status = messages + objects === 0 ? "done" : "running";
  return {
    message: status === "done" ? "The user's data is erased." : `Left: ${messages}, ${objects}.`,
    erasure_id: 3,
    status,
    left: { messages, objects },
    receipt: { ...receipt, status },
  };
}

Deno.test("switch-bedrock-model.sh erase-user asks until all is erased, and shows the receipt", async () => {
  const { code, stderr, lines, requests } = await played(
    [job(5000, 1), job(0, 1), job(0, 0)],
    "erase-user",
    ann,
    "--yes",
    "--reason",
    "Request 7",
  );
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: "Left: 5000, 1.\nLeft: 0, 1.\n",
  });
  expect(lines).toEqual([
    "The user's data is erased.",
    "  Receipt: 3",
    "  Conversations: 2",
    "  Messages: 1234",
    "  Files: 1",
    "  Windows of limits: 0",
    `  User, as in the ledger: ${hash}`,
    "  Backups may hold it until: 2026-12-30",
    "Registry version: 7",
  ]);
  expect(requests).toEqual(
    Array(3).fill({ action: "erase-user", user_id: ann, reason: "Request 7" }),
  );
});

Deno.test("switch-bedrock-model.sh erase-user says what is left where nothing moves, and is not done", async () => {
  const { code, lines, requests } = await played(
    [job(10, 2), job(0, 2)],
    "erase-user",
    ann,
    "--yes",
  );
  expect([code, requests.length, lines[0]]).toEqual([1, 3, "Left: 0, 2."]);
});

Deno.test("switch-bedrock-model.sh erases nothing without a yes", async () => {
  for (const command of ["erase-user", "erase-conversation"]) {
    const { code, stderr, requests } = await played([job(0, 0)], command, ann);
    expect([code, requests]).toEqual([2, []]);
    expect(stderr).toContain(`${command} needs --yes where there is no terminal to ask on`);
  }
});

Deno.test("switch-bedrock-model.sh erase-user tells that a legal hold refuses it", async () => {
  const { code, stderr } = await played(
    [refused(409, "legal_hold", "A legal hold keeps the conversations of this user.")],
    "erase-user",
    ann,
    "--yes",
  );
  expect([code, stderr]).toEqual([
    1,
    "switch-bedrock-model.sh: A legal hold keeps the conversations of this user. (legal_hold)\n",
  ]);
});

const lines = [
  { type: "user", id: ann },
  { type: "message", content: '"type":"end", the last of it', id: "1" },
  { type: "attachment", data: "A".repeat(2_000_000) },
];
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");

function streamed(body: string): Response {
  return new Response(body, { headers: { "content-type": "application/jsonl" } });
}

Deno.test("switch-bedrock-model.sh export-user writes the lines as they came, and nothing else", async () => {
  const whole = `${text}{"type":"end","lines":3}\n`;
  const { code, stdout, stderr, requests } = await played([streamed(whole)], "export-user", ann);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout === whole).toBe(true);
  expect(requests).toEqual([{ action: "export-user", user_id: ann }]);
});

Deno.test("switch-bedrock-model.sh export-user writes a file of its owner's, and replaces none", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "export.jsonl");
    const whole = `${text}{"type":"end","lines":3}\n`;
    const first = await played([streamed(whole)], "export-user", ann, "--output", file);
    expect([first.code, first.stdout, first.stderr]).toEqual([
      0,
      "",
      "Lines written: 3, and the end\n",
    ]);
    expect(await Deno.readTextFile(file) === whole).toBe(true);
    expect((await Deno.stat(file)).mode! & 0o777).toBe(0o600);

    const again = await played([streamed(text)], "export-user", ann, "--output", file);
    expect([again.code, again.requests]).toEqual([2, []]);
    expect(await Deno.readTextFile(file) === whole).toBe(true);

    const other = join(dir, "other.jsonl");
    const unknown = refused(404, "user_not_found", "User not found.");
    const none = await played([unknown], "export-user", ann, "--output", other);
    expect([none.code, none.stderr]).toEqual([
      1,
      "switch-bedrock-model.sh: User not found. (user_not_found)\n",
    ]);
    await expect(Deno.stat(other)).rejects.toThrow(Deno.errors.NotFound);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("switch-bedrock-model.sh export-user takes no cut export for a whole one", async () => {
  const failed = `${text}{"type":"error","code":"storage_unavailable","request_id":"r"}\n`;
  const broken = await played([streamed(failed)], "export-user", ann);
  expect([broken.code, broken.stderr]).toEqual([
    1,
    "switch-bedrock-model.sh: the export broke off (storage_unavailable); what was written is not the whole\n",
  ]);
  for (const cut of [text, `${text}{"type":"en`, ""]) {
    const { code, stdout, stderr } = await played([streamed(cut)], "export-user", ann);
    expect(code).toBe(1);
    expect(stdout.startsWith(text) || cut === "").toBe(true);
    expect(stderr).toContain("closed before the export was whole");
  }
});

Deno.test("switch-bedrock-model.sh shows receipts and legal holds", async () => {
  const retention = {
    ...receipt,
    id: 2,
    kind: "retention",
    status: "running",
    user_hash: null,
    assistant_type: "health",
    ended_at: null,
    backups_until: null,
  };
  const erasures = await played(
    [{ erasures: [{ receipt }, { receipt: retention }], count: 2 }],
    "erasures",
  );
  expect(erasures.lines).toEqual([
    "ID  ERASED               STATE    CONVERSATIONS  MESSAGES  FILES  ENDED                 BACKUPS UNTIL",
    "3   user                 done                 2     1,234      1  2026-11-30 10:00:09Z  2026-12-30",
    "2   retention of health  running              2     1,234      1  -                     -",
    "Registry version: 7",
  ]);
  const hold = {
    user_id: ann,
    email: null,
    reason: "Case 12",
    until: null,
    in_force: true,
    created_at: "2026-11-30T10:00:00+00:00",
    updated_at: "2026-11-30T10:00:00+00:00",
  };
  const over = { ...hold, email: "ann@example.com", until: "2026-11-01", in_force: false };
  const holds = await played([{ holds: [hold, over], count: 2 }], "legal-holds");
  expect(holds.lines).toEqual([
    "USER                                  STATE     UNTIL       SINCE",
    `${ann}  in force  removed     2026-11-30 10:00:00Z`,
    "  Case 12",
    "ann@example.com                       over      2026-11-01  2026-11-30 10:00:00Z",
    "  Case 12",
    "Legal holds: 2",
    "Registry version: 7",
  ]);
});

Deno.test("switch-bedrock-model.sh sets holds and retention, each with what it needs", async () => {
  const done = { message: "It is set.", hold: {}, former_keep_days: {} };
  const cases: [string[], Record<string, unknown>][] = [
    [["legal-hold", ann, "--reason", "Case 12", "--until", "2027-01-31"], {
      action: "set-legal-hold",
      user_id: ann,
      reason: "Case 12",
      until: "2027-01-31",
    }],
    [["legal-hold", "ann@example.com", "--remove"], {
      action: "remove-legal-hold",
      user_id: "ann@example.com",
    }],
    [["retention", "--keep-days", "365"], { action: "set-retention", keep_days: 365 }],
    [["retention", "health", "--keep"], {
      action: "set-retention",
      assistant_type: "health",
      keep_days: null,
    }],
  ];
  for (const [args, request] of cases) {
    const { code, stderr, lines, requests } = await played([done], ...args);
    expect({ code, stderr, lines }).toEqual({
      code: 0,
      stderr: "",
      lines: ["It is set.", "Registry version: 7"],
    });
    expect(requests).toEqual([request]);
  }
  const refusals: [string[], string][] = [
    [["legal-hold", ann], "legal-hold <user> needs --reason"],
    [["legal-hold", ann, "--remove", "--until", "2027-01-31"], "--remove and --until cannot be"],
    [["legal-hold", ann, "--reason", "x", "--until", "soon"], "--until must be a day, such as"],
    [["retention", "health"], "retention <assistant> needs --keep-days"],
    [["retention", "--keep", "--keep-days", "3"], "--keep and --keep-days cannot be combined"],
  ];
  for (const [args, message] of refusals) {
    const { code, stderr, requests } = await played([done], ...args);
    expect([args, code, requests]).toEqual([args, 2, []]);
    expect(stderr).toContain(message);
  }
});

Deno.test("switch-bedrock-model.sh history says what was erased, exported and kept", async () => {
  const entry = {
    id: 1,
    created_at: "2026-11-30T10:00:00+00:00",
    source: "api",
    database_role: "service_role",
    actor_key_name: "default",
    actor_proven: true,
    model_id: null,
    assistant_type: null,
    from: null,
    to: null,
    reason: null,
  };
  const counts = { conversations: 2, messages: 1234, objects: 1, backups_until: "2026-12-30" };
  const hold = { user_id: ann, until: null, reason: "Case 12" };
  const changes: [object, string][] = [
    [
      { action: "erase", to: { kind: "user", user_hash: hash, ...counts } },
      `what was stored of a user is erased: backups until 2026-12-30; conversations 2; messages 1234; objects 1; user hash ${hash}`,
    ],
    [
      { action: "erase", to: { kind: "retention", assistant_type: "health", ...counts } },
      "old conversations of health are erased: backups until 2026-12-30; conversations 2; messages 1234; objects 1",
    ],
    [{ action: "erase" }, "data is erased"],
    [
      { action: "export-user", to: { user_hash: hash, conversations: 0, messages: 0 } },
      `the data of a user is exported: conversations 0; messages 0; user hash ${hash}`,
    ],
    [
      { action: "set-legal-hold", to: hold, reason: "Case 12" },
      `the data of user ${ann} is kept: until none`,
    ],
    [
      {
        action: "set-legal-hold",
        from: hold,
        to: { ...hold, until: "2027-01-31" },
        reason: "Case 12",
      },
      `the data of user ${ann} is kept: until 2027-01-31 (before: none)`,
    ],
    [
      { action: "remove-legal-hold", from: hold },
      `the legal hold on user ${ann} is removed: reason Case 12; until none`,
    ],
  ];
  for (const [change, words] of changes) {
    const { stdout, stderr } = await played([{ switches: [{ ...entry, ...change }] }], "history");
    expect(stderr).toBe("");
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      `key default ${words}${"reason" in change ? " Reason: Case 12" : " Registry version: 7"}`,
    );
  }
});
