/** How switch-bedrock-model.sh asks for and shows an operator's daily work, on a simulated API. */
import { expect } from "@std/expect";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { documentFormats } from "../../supabase/functions/_shared/core/content.ts";
import {
  type Evidence,
  evidenceSchema,
  ledgerFiguresSchema,
} from "../../supabase/functions/_shared/switching/evidence.ts";
import { LocalServer } from "../support/local_server.ts";
import { runCommand } from "../support/run_command.ts";

const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");
const lite = "eu.amazon.nova-lite-v1:0";
const profile = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abcdefgh";

type Answer = Readonly<Record<string, unknown>>;

/** Runs the command on an API that answers in turn so, and returns its lines and the requests. */
async function played(answers: readonly Answer[], ...args: string[]) {
  const requests: Record<string, unknown>[] = [];
  await using server = new LocalServer(async (request) => {
    requests.push(await request.json());
    return Response.json({ success: true, registry_version: 7, ...answers[requests.length - 1] });
  });
  const { code, stdout, stderr } = await runCommand("bash", [script, ...args], {
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_KEY: "sb_secret_of-a-test",
    LC_ALL: "C.UTF-8",
  });
  return { code, stderr, lines: stdout.replace(/\n$/, "").split("\n"), requests };
}

/** The lines of a command that succeeds without a warning, besides the registry's version. */
async function shown(answer: Answer, ...args: string[]): Promise<string[]> {
  const { code, stderr, lines } = await played([answer], ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(lines.pop()).toBe("Registry version: 7");
  return lines;
}

const period = {
  valid_from: "2026-11-01T00:00:00+00:00",
  valid_to: null,
  state: "current",
  input_cost_per_mtok: 0.075,
  output_cost_per_mtok: 3,
  cache_read_cost_per_mtok: null,
  cache_write_cost_per_mtok: 0.5,
  cache_write_1h_cost_per_mtok: 1,
  long_prompt_tokens: null,
  long_prompt_factor: null,
};

Deno.test("switch-bedrock-model.sh prices shows periods, each column in one format", async () => {
  const prices = [
    {
      ...period,
      valid_from: "2027-01-01T00:00:00+00:00",
      state: "scheduled",
      output_cost_per_mtok: 2.5,
    },
    {
      ...period,
      valid_to: "2027-01-01T00:00:00+00:00",
      long_prompt_tokens: 200_000,
      long_prompt_factor: 2,
    },
  ];
  expect(await shown({ model_id: lite, prices }, lite, "prices")).toEqual([
    `Prices of ${lite} in USD per million tokens; READ and WRITE are of the cache`,
    "FROM                  TO                    STATE      INPUT  OUTPUT     READ  WRITE  WRITE 1H       LONG PROMPTS",
    "2027-01-01 00:00:00Z  -                     scheduled  0.075    2.50  unknown   0.50      1.00                  -",
    "2026-11-01 00:00:00Z  2027-01-01 00:00:00Z  current    0.075    3.00  unknown   0.50      1.00  x 2 above 200,000",
  ]);
  const set = { message: "The prices are set.", prices: [period], model: {}, warnings: [] };
  expect((await shown(set, lite, "price", "set", "--output", "3"))[0]).toBe("The prices are set.");
});

Deno.test("switch-bedrock-model.sh tables keep their columns beside long ids", async () => {
  const assistant = { name: "Health assistant", on_disconnect: "finish", is_active: true };
  const assistants = [
    { ...assistant, assistant_type: "health", model_version: profile, fallback_models: null },
    {
      ...assistant,
      assistant_type: "clinical",
      model_version: null,
      fallback_models: [lite, profile, lite],
    },
  ];
  const answer = { assistants, default_model_id: lite, count: 2, warnings: [] };
  const place = " ".repeat(65);
  expect(await shown(answer, "assistants")).toEqual([
    "ASSISTANT  NAME              MODEL                               FALLBACKS".padEnd(
      65 + profile.length + 1,
    ) + "  ON DISCONNECT",
    `health     Health assistant  ${profile}`,
    `${place}any`.padEnd(65 + profile.length + 1) + "  finish",
    `clinical   Health assistant  default (${lite})  ${lite},`.padEnd(65 + profile.length + 1) +
    "  finish",
    `${place}${profile},`,
    `${place}${lite}`,
  ]);
});

Deno.test("switch-bedrock-model.sh roles shows addresses, and role set what became of one", async () => {
  const roles = [{
    user_id: "u",
    email: "ann@example.com",
    assistant_type: "clinical",
    since: "2026-11-29T20:00:00+00:00",
  }];
  const answer = { roles, count: 1 };
  expect(await shown(answer, "roles")).toEqual([
    "USER             ASSISTANT  SINCE",
    "ann@example.com  clinical   2026-11-29 20:00:00Z",
    "Users shown: 1; all others talk to health",
  ]);
  for (const filter of ["--email ann", "--assistant clinical", "--after a@b.c", "--after-id u"]) {
    expect((await shown(answer, "roles", ...filter.split(" "))).slice(2))
      .toEqual(["Users shown: 1"]);
  }
  expect((await shown({ roles, count: 1 }, "roles", "--limit", "1")).slice(2)).toEqual([
    "Users shown: 1",
    "There may be more: --after 'ann@example.com' --after-id u",
  ]);
  const page = { roles: Array.from({ length: 50 }, () => ({ ...roles[0], email: null })) };
  expect((await shown({ ...page, count: 50 }, "roles")).slice(51))
    .toEqual(["Users shown: 50", "There may be more: --after-id u"]);
  const set = { message: "Ann talks to Clinical assistant.", warnings: [] };
  expect(await shown(set, "role", "set", "ann@example.com", "clinical")).toEqual([set.message]);
});

const trial = {
  model_id: lite,
  model_name: "Nova Lite",
  status: "complete",
  text: "First line\n  second\u001b[2J",
  error: null,
  stop_reason: "end",
  input_tokens: 1200,
  output_tokens: 34,
  cache_read_tokens: null,
  cache_write_tokens: null,
  usage_estimated: false,
  cost_usd: 0.00012,
  time_to_first_token_ms: 120,
  response_time_ms: 1812,
};

Deno.test("switch-bedrock-model.sh try compares two answers, and shows both", async () => {
  const trials = [trial, {
    ...trial,
    model_id: profile,
    model_name: "A profile",
    status: "failed",
    text: "",
    error: { code: "bedrock_throttled", message: "Too many requests." },
    output_tokens: null,
    time_to_first_token_ms: null,
    cost_usd: null,
  }];
  const assistant = { assistant_type: "health", name: "Health assistant" };
  const args = [lite, "try", "health", "--with", profile, "--message", "How much?"];
  expect(await shown({ assistant, trials, warnings: [] }, ...args)).toEqual([
    "Asked as Health assistant",
    "MODEL                     STATUS    FIRST TOKEN MS     MS  TOKENS IN  TOKENS OUT  COST USD",
    `${lite}  complete             120  1,812      1,200          34  0.000120`,
    profile,
    "                          failed                 -  1,812      1,200           -   unknown",
    "",
    `--- Nova Lite (${lite})`,
    "First line",
    "  second [2J",
    "",
    `--- A profile (${profile})`,
    "FAILED: Too many requests. (bedrock_throttled)",
  ]);
});

Deno.test("switch-bedrock-model.sh try sends files with the question, of the type that their names say", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // Larger than a program's argument may be.
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const photo = join(folder, "a rash.JPG");
    const report = join(folder, "lab report.pdf");
    await Deno.writeFile(photo, new Uint8Array([...bytes, ...bytes, ...bytes]));
    await Deno.writeTextFile(report, "%PDF-1.4");
    const args = (...files: string[]) => [lite, "try", "health", "--message", "What?", ...files];
    const answer = { assistant: { name: "Health assistant" }, trials: [], warnings: [] };
    const files = args("--image", photo, "--document", report);
    const { code, requests: [request] } = await played([answer], ...files);
    expect(code).toBe(0);
    const source = (media_type: string, data: string) => ({ type: "base64", media_type, data });
    const encoded = Buffer.from(await Deno.readFile(photo)).toString("base64");
    expect(request).toEqual({
      action: "try",
      assistant_type: "health",
      model_ids: [lite],
      content: [
        { type: "image", source: source("image/jpeg", encoded) },
        {
          type: "document",
          name: "lab report.pdf",
          source: source("application/pdf", btoa("%PDF-1.4")),
        },
        { type: "text", text: "What?" },
      ],
    });
    const documents = Object.values(documentFormats).map((name) => join(folder, `a.${name}`));
    await Promise.all(documents.map((path) => Deno.writeTextFile(path, "x")));
    const all = await played(
      [answer],
      ...args(...documents.flatMap((path) => ["--document", path])),
    );
    const blocks = all.requests[0]?.content as { source?: { media_type: string } }[];
    expect(blocks.slice(0, -1).map((block) => block.source?.media_type))
      .toEqual(Object.keys(documentFormats));
    const refusal = async (...files: string[]) => {
      const { code, stderr, requests } = await played([], ...args(...files));
      return [code, requests.length, stderr.replaceAll(folder, "").trimEnd()];
    };
    expect(await refusal("--image", report)).toEqual([
      2,
      0,
      "switch-bedrock-model.sh: --image /lab report.pdf: by its name no image that models take",
    ]);
    expect(await refusal("--document", join(folder, "none.pdf")))
      .toEqual([2, 0, "switch-bedrock-model.sh: cannot read /none.pdf"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("switch-bedrock-model.sh explain shows the rules, by the id of a message or a request", async () => {
  const explanation = {
    request_id: "r",
    message_id: null,
    conversation_id: "c",
    assistant_type: "health",
    at: "2026-11-29T20:00:00.123+00:00",
    status: "complete",
    error_code: null,
    model_id: lite,
    model_name: "Nova Lite",
    reason: "default",
    registry_version: 6,
    registry_known: true,
    summary: "Nova Lite answered as the default.",
    rules: [
      {
        rule: "assistant",
        model_id: profile,
        outcome: "passed-over",
        code: "model_not_available",
        message: "The assistant's own model is disabled, so that the next rule decided.",
      },
      { rule: "default", model_id: lite, outcome: "answered", code: null, message: "The default." },
    ],
  };
  const unknown = { success: false, error: { code: "message_not_found", message: "No such." } };
  const { code, stderr, lines, requests } = await played(
    [unknown, { explanation }],
    "explain",
    "r",
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(requests).toEqual([
    { action: "explain", message_id: "r" },
    { action: "explain", request_id: "r" },
  ]);
  expect(lines).toEqual([
    "Nova Lite answered as the default.",
    "  Request: r",
    "  Conversation: c",
    "  Assistant: health",
    "  Begun: 2026-11-29 20:00:00Z",
    "  Status: complete",
    "  Registry version: 6",
    "RULE       MODEL                     OUTCOME      WHY",
    `assistant  ${profile}`,
    "                                     passed-over  The assistant's own model is disabled, so that the next rule",
    "                                                  decided.",
    `default    ${lite}  answered     The default.`,
    "Registry version: 7",
  ]);
});

const hash = "5".repeat(64);
const at = "2026-11-29T20:00:00.123+00:00";

/** A switch that evidence rests on. */
const switchedBy = {
  link: { table: "model_switches", id: "41" },
  created_at: "2026-11-20T08:00:00+00:00",
  action: "set-default",
  model_id: lite,
  assistant_type: null,
  registry_version: 5,
  hash,
  actor: {
    user_id: null,
    email: null,
    key_name: "ci",
    database_role: "service_role",
    session_role: "authenticator",
    application_name: null,
    proven: true,
  },
  source: "cli",
  reason: "half the price",
  rollback_of: null,
  probe_result: "passed",
  probe: null,
  approval: "approved",
  proposal: {
    link: { table: "ai_change_proposals", id: "3" },
    status: "applied",
    created_at: "2026-11-20T07:00:00+00:00",
    reason: null,
    proposed_by: null,
    proposed_by_email: null,
    proposed_by_key: "ci",
    decided_by: "u2",
    decided_by_email: "bob@example.com",
    decided_by_key: null,
    decided_at: "2026-11-20T08:00:00+00:00",
    applied_at: "2026-11-20T08:00:00+00:00",
  },
  signature: null,
};

/** What the command is told of an answer: a document of the contract. */
const evidence = evidenceSchema.parse({
  schema_version: 1,
  made_at: "2026-11-30T09:00:00+00:00",
  asked: {
    surface: "chat",
    user_hash: "u-hash",
    client_hash: null,
    api_key: { link: { table: "ai_api_keys", id: "k" }, name: "ward app", prefix: "bsk_abc" },
  },
  ended_at: at,
  explanation: {
    request_id: "r",
    message_id: "m",
    conversation_id: "c",
    assistant_type: "health",
    at,
    status: "complete",
    error_code: null,
    model_id: lite,
    model_name: "Nova Lite",
    reason: "default",
    registry_version: 6,
    registry_known: true,
    summary: "Nova Lite answered as the default.",
    rules: [],
  },
  provenance: {
    generated: true,
    model_id: lite,
    model_name: "Nova Lite",
    profile: lite,
    generated_at: at,
    reason: "default",
    registry_version: 6,
    function_region: "eu-central-1",
    model_geographies: ["eu", "uk"],
    prompt_hash: hash,
    disclosure: true,
  },
  records: {
    ledger: { table: "ai_usage", id: "9" },
    conversation: { table: "ai_conversations", id: "c" },
    question: null,
    answer: { table: "ai_messages", id: "m" },
  },
  figures: {
    ...Object.fromEntries(Object.keys(ledgerFiguresSchema.shape).map((name) => [name, null])),
    status: "complete",
    cost_usd: 0.25,
    prompt_hash: hash,
  },
  calls: [{
    link: { table: "ai_usage", id: "9" },
    model_id: lite,
    status: "complete",
    error_code: null,
    bedrock_request_id: "aws-1",
    cost_usd: 0.25,
    price: {
      link: { table: "model_prices", id: "12" },
      valid_to: null,
      scheduled: false,
      source_url: "https://aws.example/prices",
      checked_on: "2026-11-01",
      ...Object.fromEntries(Object.keys(period).map((name) => [name, null])),
      valid_from: period.valid_from,
    },
  }],
  pinned_by: { table: "ai_messages", id: "m0" },
  switches: {
    model: switchedBy,
    availability: {
      ...switchedBy,
      link: { table: "model_switches", id: "40" },
      action: "enable",
      actor: { ...switchedBy.actor, key_name: "default", proven: false },
      reason: null,
      probe_result: null,
      approval: null,
      proposal: null,
      signature: {
        link: { table: "model_switch_signatures", id: "40" },
        signed_by: "u3",
        email: null,
        signed_at: at,
        reason: null,
      },
    },
    prompt: null,
  },
  probe: {
    link: { table: "model_probes", id: "8" },
    created_at: at,
    passed: false,
    error_code: "x",
  },
  evaluation: {
    link: { table: "ai_evaluations", id: "7" },
    ran_at: at,
    created_at: at,
    passed: 10,
    failed: 1,
    errors: 0,
    score: 0.9,
    result_hash: hash,
    promptfoo_version: "0.120.0",
    is_passing: false,
  },
  rollout: {
    link: { table: "ai_rollouts", id: "6" },
    side: "canary",
    share: 10,
    assistant_type: null,
    model_id: lite,
    former_model_id: profile,
    is_watched: false,
    started_at: at,
    ended_at: null,
    outcome: null,
    verdicts: [{
      link: { table: "ai_rollout_verdicts", id: "5" },
      created_at: at,
      verdict: "not_worse",
      guard: "errors",
    }],
  },
  limits: { was_cut: true, answer_tokens_left: 200, granted_usd: 0.5, counted: [] },
  guardrail: { id: "gr1", version: "2", intervened: true },
  regions: {
    function_region: "eu-central-1",
    model_region: "eu-west-1",
    model_geographies: ["eu", "uk"],
    allowed_geographies: ["eu", "uk"],
  },
  audit_log: {
    head: { table: "model_switches", id: "50" },
    hash,
    entries: 50,
    ok: true,
    problem: null,
  },
  words: { available: false, why: "not-asked", question: null, answer: null },
});

Deno.test("switch-bedrock-model.sh evidence shows what stood behind an answer, by either id", async () => {
  const unknown = { success: false, error: { code: "message_not_found", message: "No such." } };
  const { code, stderr, lines, requests } = await played([unknown, { evidence }], "evidence", "r");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(requests).toEqual([
    { action: "evidence", message_id: "r" },
    { action: "evidence", request_id: "r" },
  ]);
  expect(lines).toEqual([
    "Nova Lite answered as the default.",
    "  Message: m",
    "  Request: r",
    "  Asked over: chat",
    "  User, as a hash: u-hash",
    "  API key: ward app (bsk_abc)",
    "  Generated: 2026-11-29 20:00:00Z",
    "  Function ran in: eu-central-1",
    "  Model called in: eu-west-1",
    "  Model ran in: eu, uk",
    `  Prompt, as a hash: ${hash}`,
    `  Switch: set-default ${lite} (model_switches 41)`,
    "    At: 2026-11-20 08:00:00Z",
    "    By: key ci",
    "    Reason: half the price",
    `    Hash: ${hash}`,
    "    Probe: passed",
    "    Approval: approved",
    "    Proposal: 3, decided by bob@example.com",
    `  Made available: enable ${lite} (model_switches 40)`,
    "    At: 2026-11-20 08:00:00Z",
    "    By: key default, claimed via service_role",
    `    Hash: ${hash}`,
    "    Signed by: u3",
    "  Pinned by: ai_messages m0",
    "  Probe: model_probes 8, failed",
    "  Evaluation: ai_evaluations 7, 10 passed, 1 failed, 0 errors",
    "  Rollout: ai_rollouts 6, under way, found not worse",
    "  Cost: 0.25 USD",
    "  Prices: model_prices 12, https://aws.example/prices",
    "  Cut by a limit: 200 tokens were left",
    "  Guardrail: gr1, version 2, intervened",
    "  Ledger: ai_usage 9",
    "  Audit log: 50 entries, verified",
    `  Its hash: ${hash}`,
    "Registry version: 7",
  ]);
});

Deno.test("switch-bedrock-model.sh evidence --words asks for the words, and says why there are none", async () => {
  // Of a call that failed before a model answered, when the log was tampered with.
  const little = evidenceSchema.parse({
    ...evidence,
    provenance: null,
    figures: null,
    calls: [],
    pinned_by: null,
    switches: { model: null, availability: null, prompt: null },
    probe: null,
    evaluation: null,
    rollout: null,
    guardrail: null,
    asked: { surface: "openai", user_hash: null, client_hash: null, api_key: null },
    limits: { ...evidence.limits, was_cut: false },
    records: { ledger: null, conversation: null, question: null, answer: null },
    regions: { ...evidence.regions, model_region: null, model_geographies: null },
    audit_log: { ...evidence.audit_log, ok: false, problem: "entry 3 was changed" },
  });
  const asked = async (words: Evidence["words"]) => {
    const answer = { evidence: evidenceSchema.parse({ ...little, words }) };
    const { code, stderr, lines, requests } = await played([answer], "evidence", "m", "--words");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(requests).toEqual([{ action: "evidence", message_id: "m", include_words: true }]);
    expect(lines.slice(0, 7)).toEqual([
      "Nova Lite answered as the default.",
      "  Message: m",
      "  Request: r",
      "  Asked over: openai",
      "  Function ran in: eu-central-1",
      "  Audit log: 50 entries, entry 3 was changed",
      `  Its hash: ${hash}`,
    ]);
    return lines.slice(7, -1);
  };
  const question = { content: "What helps?", blocks: null };
  expect(
    await asked({
      available: true,
      why: null,
      question,
      answer: { content: "Rest.\nAnd water.", blocks: null },
    }),
  ).toEqual(["", "Question:", "What helps?", "", "Answer:", "Rest.", "And water."]);
  expect(await asked({ available: true, why: null, question, answer: null }))
    .toEqual(["", "Question:", "What helps?", "", "Answer:", "none"]);
  const none = { available: false, question: null, answer: null };
  expect(await asked({ ...none, why: "not-stored" })).toEqual(["No words: not stored"]);
  expect(await asked({ ...none, why: "deleted" })).toEqual(["No words: deleted"]);
});

const affected = {
  assistants: [
    { assistant_type: "health", from_model_id: lite, to_model_id: null, turns: 1200 },
  ],
  conversations: { pinned: 12, recent: 3, keep_model: false, to_model_id: "other" },
  cost: {
    days: 30,
    turns: 1200,
    unpriced: 0,
    actual_usd: 0.5,
    what_if_usd: 0.25,
    difference_usd: -0.25,
  },
};
const consequences = [
  "Assistants that another model answers (1):",
  `  health: ${lite} -> NO MODEL; turns in 30 days: 1,200`,
  "Pinned conversations: 12, active in 30 days: 3; answered by other",
  "Cost of these turns: 0.500000 USD; on the other model 0.250000 USD, 0.250000 less",
];

Deno.test("switch-bedrock-model.sh shows the same impact before a change and after it", async () => {
  expect(await shown({ affected, warnings: [] }, lite, "disable", "--impact"))
    .toEqual([...consequences, "Nothing was changed"]);
  expect(await shown({ message: "Disabled.", affected, warnings: [] }, lite, "disable"))
    .toEqual(["Disabled.", ...consequences]);
  const none = {
    assistants: [],
    conversations: { pinned: 0, recent: 0, keep_model: true, to_model_id: null },
    cost: { ...affected.cost, turns: 0 },
  };
  expect(await shown({ affected: none, warnings: [] }, "rollback", "--impact"))
    .toEqual(["No assistant, conversation or cost is affected", "Nothing was changed"]);
});

Deno.test("switch-bedrock-model.sh says that an impact is not known, not that there is none", async () => {
  const unread = {
    assistants: [{ ...affected.assistants[0], turns: null }],
    conversations: { pinned: null, recent: null, keep_model: true, to_model_id: null },
    cost: null,
  };
  const unknown = "not known, as the ledger could not be read";
  const lines = [
    "Assistants that another model answers (1):",
    `  health: ${lite} -> NO MODEL; turns in 30 days: not known`,
    `Pinned conversations: ${unknown}`,
    `Cost: ${unknown}`,
  ];
  const answer = { affected: unread, warnings: [] };
  expect(await shown(answer, lite, "disable", "--impact"))
    .toEqual([...lines, "Nothing was changed"]);
  expect(await shown({ ...answer, message: "Disabled." }, lite, "disable"))
    .toEqual(["Disabled.", ...lines]);
  expect(await shown({ affected: { ...unread, assistants: [] } }, lite, "disable", "--impact"))
    .toEqual([...lines.slice(2), "Nothing was changed"]);
});

Deno.test("switch-bedrock-model.sh assistant set keeps the settings that it does not name", async () => {
  const model_config = { temperature: 0.7, top_p: 0.9, max_tokens: 1024, effort: "high" };
  const { requests, code } = await played(
    [{ assistants: [{ assistant_type: "health", model_config }] }, {
      message: "Set.",
      warnings: [],
    }],
    ..."assistant set health --temperature 0.2 --top-p none --effort model --reason x".split(" "),
  );
  expect(code).toBe(0);
  expect(requests).toEqual([{ action: "list-assistants" }, {
    action: "set-assistant",
    assistant_type: "health",
    model_config: { temperature: 0.2, max_tokens: 1024 },
    reason: "x",
    // What was read is what is changed.
    expected_version: 7,
  }]);
});

Deno.test("switch-bedrock-model.sh assistants names the guardrails", async () => {
  const assistant = {
    name: "Health assistant",
    model_version: lite,
    fallback_models: null,
    on_disconnect: "finish",
    is_active: true,
    guardrail_id: null,
    guardrail_version: null,
  };
  const lines = await shown({
    default_model_id: lite,
    assistants: [
      { ...assistant, assistant_type: "health", guardrail_id: "abc1", guardrail_version: "3" },
      { ...assistant, assistant_type: "platform" },
    ],
  }, "assistants");
  expect(lines.at(-1)).toBe("health: guarded by abc1, version 3");
  expect(lines.filter((line) => line.includes("guarded"))).toHaveLength(1);
});

Deno.test("switch-bedrock-model.sh list and validate say what a model accepts", async () => {
  const accepts = "text, images; tools; caching; thinks: low, medium, high";
  const model = {
    model_id: lite,
    model_name: "Lite",
    format: "nova",
    input_cost_per_mtok: 1,
    output_cost_per_mtok: 2,
    is_available: true,
    is_default: false,
    serves_pinned: true,
    lifecycle: "active",
    legacy_on: null,
    extended_access_on: null,
    retires_on: null,
    use_case: null,
    outside: [],
    last_probe: null,
    accepts,
  };
  const list = { models: [model], count: 1, allowed_geographies: ["eu"] };
  expect(await shown(list, "list")).toContain(`${lite}  ${accepts}`);
  const checks = [{ name: "capabilities", ok: true, message: `It accepts ${accepts}.` }];
  expect(await shown({ valid: true, model, checks }, lite, "validate"))
    .toContain(`  ok      capabilities: It accepts ${accepts}.`);
  const untried = { name: "image", ok: null, message: "Not tried: the probe has no such image." };
  const probe = { passed: true, checks: [untried] };
  expect(await shown({ valid: true, model, checks, probe }, lite, "validate", "--probe"))
    .toContain("  -       image: Not tried: the probe has no such image.");
});

Deno.test("switch-bedrock-model.sh reads a prompt from a file as it is, or refuses the file", async () => {
  const file = await Deno.makeTempFile();
  try {
    // Longer than a program's argument may be.
    const prompt = `"Be" \\ kind\n\t$(id) \`id\` ü ${`${"😀".repeat(100)}\n`.repeat(400)}.`;
    await Deno.writeTextFile(file, `${prompt}\n\n`);
    const args = ["assistant", "set", "health", "--prompt-file", file];
    const { requests } = await played([{ message: "Set.", warnings: [] }], ...args);
    // Not compared as a whole, so that a failure can be read.
    const [{ system_prompt, ...request } = {}] = requests;
    expect(request).toEqual({ action: "set-assistant", assistant_type: "health" });
    expect(system_prompt === prompt).toBe(true);
    await Deno.writeFile(file, new Uint8Array([66, 228, 114])); // "Bär" in Latin-1
    const refused = await played([], ...args);
    expect({ code: refused.code, requests: refused.requests }).toEqual({ code: 2, requests: [] });
    expect(refused.stderr).toContain("is not text in UTF-8");
    const missing = await played([], ...args.slice(0, 4), `${file}.missing`);
    expect({ code: missing.code, requests: missing.requests }).toEqual({ code: 2, requests: [] });
    expect(missing.stderr).toMatch(/^[^\n]+: cannot read [^\n]+\n$/);
  } finally {
    await Deno.remove(file);
  }
});

const entry = {
  id: 1,
  created_at: "2026-11-29T20:00:00+00:00",
  source: "api",
  action: "set-default",
  model_id: "b",
  assistant_type: null,
  actor_user_id: null,
  actor_email: null,
  actor_key_name: null,
  actor_proven: false,
  database_role: "service_role",
  session_role: "authenticator",
  application_name: "PostgREST",
  from: "a",
  to: "b",
  probe: null,
  rollback_of: null,
  reason: null,
  approval: null,
  proposal_id: null,
  signature: null,
  is_seeded: false,
  registry_version: 2,
};

Deno.test("switch-bedrock-model.sh history tells a claimed actor from a proven one", async () => {
  const switches = [
    { ...entry, actor_user_id: "u" },
    { ...entry, actor_user_id: "u", actor_email: "ann@example.com" },
    { ...entry, actor_user_id: "u", actor_proven: true, database_role: "authenticated" },
    { ...entry, actor_key_name: "ci" },
    entry,
    { ...entry, source: "sql", actor_proven: true, database_role: "postgres" },
    {
      ...entry,
      source: "sql",
      actor_proven: true,
      session_role: "postgres",
      application_name: "psql",
    },
  ];
  const heads = (await shown({ switches, count: 7 }, "history"))
    .filter((line) => !line.startsWith(" "));
  expect(heads.map((line) => line.split(/ {2}/).slice(1))).toEqual(
    [
      ["api", "u, claimed via service_role"],
      ["api", "ann@example.com, claimed via service_role"],
      ["api", "u"],
      ["api", "key ci, claimed via service_role"],
      ["api", "service_role"],
      ["sql", "postgres, login authenticator, in PostgREST"],
      ["sql", "service_role, login postgres, in psql"],
    ].map((told) => ["2026-11-29 20:00:00Z", ...told]),
  );
});

Deno.test("switch-bedrock-model.sh history says in words what was changed", async () => {
  const health = { assistant_type: "health", model_id: null };
  const later = (price: number) => ({
    valid_from: "2027-01-01T00:00:00+00:00",
    input_cost_per_mtok: price,
  });
  const none = { user_id: null, email: null, assistant_type: null };
  const ann = (assistant_type: string) => ({
    user_id: "u1",
    email: "ann@example.com",
    assistant_type,
  });
  const role = (assistant_type: string | null, from: object, to: object) => ({
    action: "set-role",
    model_id: null,
    assistant_type,
    from,
    to,
  });
  const changes: [object, string][] = [
    [{}, "b is the default (before: a)"],
    [{ from: null }, "b is the default (before: none)"],
    [{ action: "unset-default", to: null }, "b is not the default any more"],
    [{ ...health, action: "assign", model_id: "b" }, "health answers with b (before: a)"],
    [
      { ...health, action: "assign", model_id: "b", from: null },
      "health answers with b (before: the default)",
    ],
    [{ ...health, action: "unassign" }, "health follows the default (before: a)"],
    [{ action: "disable", from: "available", to: "stopped" }, "b is stopped (before: available)"],
    [{ action: "create", from: null, to: null }, "b is created"],
    [
      {
        ...health,
        action: "update",
        from: { fallback_models: [], is_active: true, model_config: {} },
        to: { fallback_models: null, is_active: false, model_config: { top_p: 0.5 } },
      },
      "health is changed: fallback models any available model (before: none); active no (before: yes);" +
      " model config top_p 0.5 (before: none)",
    ],
    [
      { action: "update", from: { input_cost_per_mtok: null }, to: { input_cost_per_mtok: 3 } },
      "b is changed: input price 3 (before: unknown)",
    ],
    [
      {
        action: "set-price",
        from: { output_cost_per_mtok: 3, long_prompt_tokens: null },
        to: { output_cost_per_mtok: null, long_prompt_tokens: 200000 },
      },
      "the price of b is set: long prompt tokens 200000 (before: none);" +
      " output price unknown (before: 3)",
    ],
    [
      { action: "adopt-price", from: { input_cost_per_mtok: 3 }, to: { input_cost_per_mtok: 2 } },
      "a scheduled price of b came into force: input price 2 (before: 3)",
    ],
    [
      { action: "schedule-price", from: null, to: later(2) },
      "a later price of b is scheduled: input price 2; valid from 2027-01-01 00:00:00Z",
    ],
    [
      { action: "schedule-price", from: later(2), to: later(1) },
      "a later price of b is scheduled: input price 1 (before: 2); valid from 2027-01-01 00:00:00Z",
    ],
    [
      { action: "schedule-price", from: later(2), to: null },
      "a later price of b is taken back: input price 2; valid from 2027-01-01 00:00:00Z",
    ],
    [
      role("clinical", none, ann("clinical")),
      "ann@example.com has role clinical (before: no role)",
    ],
    [
      role("platform", ann("clinical"), ann("platform")),
      "ann@example.com has role platform (before: role clinical)",
    ],
    [role(null, ann("clinical"), none), "ann@example.com has no role (before: role clinical)"],
    [
      role(null, { ...ann("clinical"), email: null }, none),
      "u1 has no role (before: role clinical)",
    ],
    [{ action: "some-day", from: null, to: null }, "b: some-day"],
  ];
  const switches = changes.map(([change], index) => ({ ...entry, id: index, ...change }));
  const lines = await shown({ switches, count: 1 }, "history");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  const said = lines.join("\n").split(/^\d.*$/m).slice(1)
    .map((block) => block.trim().replaceAll(/\s+/g, " "));
  expect(said).toEqual(changes.map(([, words]) => words));
});

Deno.test("switch-bedrock-model.sh history --csv exports all entries, unless there is a limit", async () => {
  const page = (newest: number, length: number) => ({
    switches: Array.from({ length }, (_, index) => ({ ...entry, id: newest - index })),
  });
  const { code, stderr, lines, requests } = await played(
    [page(450, 200), page(250, 200), page(50, 50)],
    ...["history", "--csv", "--action", "set-default"],
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const asked = { action: "history", of_action: "set-default", limit: 200 };
  expect(requests).toEqual([asked, { ...asked, before: 251 }, { ...asked, before: 51 }]);
  // As in the console's file.
  expect(lines[0]).toBe(
    "id,created_at,actor,source,action,model_id,assistant_type,change,reason,probe,rollback_of," +
      "registry_version\r",
  );
  expect(lines.slice(1).map((line) => Number(line.split(",")[0])))
    .toEqual(Array.from({ length: 450 }, (_, index) => 450 - index));
  const limited = await played([page(450, 200)], "history", "--csv", "--limit", "200");
  expect(limited.requests).toEqual([{ action: "history", limit: 200 }]);
  expect(limited.lines).toHaveLength(201);
});
