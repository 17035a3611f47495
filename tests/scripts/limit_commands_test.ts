/** How switch-bedrock-model.sh sets, shows and removes limits, on a simulated API. */
import { expect } from "@std/expect";
import { type Fields, played } from "../support/played_command.ts";

const user = "0b9e1a52-7d0e-4a57-9a0d-0d7a2d0e8c11";

const noUse = { windows: [], count: 0, near: 0, full: 0 };
const limit = {
  id: 3,
  name: "turns per minute for each user of health",
  scope: { kind: "each_user", id: "health" },
  unit: "turns",
  amount: 60,
  period: "minute",
  time_zone: "UTC",
  enforcement: "hard",
  created_at: "2026-11-30T08:00:00+00:00",
  updated_at: "2026-11-30T08:00:00+00:00",
};

Deno.test("switch-bedrock-model.sh limit set says what is limited in the order of a sentence", async () => {
  const table: [string, Fields][] = [
    ["project 1000 usd per month", {
      scope: { kind: "project" },
      amount: 1000,
      unit: "usd",
      period: "month",
    }],
    ["each_user health 60 turns per minute", {
      scope: { kind: "each_user", id: "health" },
      amount: 60,
      unit: "turns",
      period: "minute",
    }],
    ["each_user .5 usd per day --soft --time-zone Europe/Berlin --reason pilot", {
      scope: { kind: "each_user" },
      amount: 0.5,
      unit: "usd",
      period: "day",
      enforcement: "soft",
      time_zone: "Europe/Berlin",
      reason: "pilot",
    }],
    [`user ${user} 100000 tokens in total`, {
      scope: { kind: "user", id: user },
      amount: 100_000,
      unit: "tokens",
      period: "total",
    }],
    ["project 2 usd per day --hard", {
      scope: { kind: "project" },
      amount: 2,
      unit: "usd",
      period: "day",
      enforcement: "hard",
    }],
    ["each_user 8 concurrent", {
      scope: { kind: "each_user" },
      amount: 8,
      unit: "concurrent",
    }],
    [`api_key ${user} 5 concurrent`, {
      scope: { kind: "api_key", id: user },
      amount: 5,
      unit: "concurrent",
    }],
  ];
  for (const [sentence, fields] of table) {
    const answer = { message: "The limit is …", limit, former: null, impact: noUse, warnings: [] };
    const { code, lines, request } = await played(answer, "limit", "set", ...sentence.split(" "));
    expect({ code, request }).toEqual({ code: 0, request: { action: "set-limit", ...fields } });
    expect(lines).toEqual(["The limit is …", "Used now: nothing", "Registry version: 7"]);
  }
});

Deno.test("switch-bedrock-model.sh limit set refuses what is no limit, and says what is missing", async () => {
  const table: [string, RegExp][] = [
    [
      "project 1000 usd",
      /a limit of usd needs a period: per minute, hour, day or month, or in total/,
    ],
    ["project 5 concurrent per day", /concurrent has no period/],
    [
      "room 1000 usd per day",
      /"room 1000 usd per day" is not a limit; the end of --help has examples/,
    ],
    ["project many usd per day", /is not a limit/],
    ["project 10 euros per day", /is not a limit/],
    ["project 10 usd per week", /is not a limit/],
    ["project", /is not a limit/],
  ];
  for (const [sentence, problem] of table) {
    const { code, stderr, request } = await played({}, "limit", "set", ...sentence.split(" "));
    expect({ code, request }).toEqual({ code: 2, request: undefined });
    expect(stderr).toMatch(problem);
  }
});

Deno.test("switch-bedrock-model.sh limits shows how far each limit is used, of each user the nearest", async () => {
  const minute = {
    window_start: "2026-11-30T08:00:00+00:00",
    window_end: "2026-11-30T08:01:00+00:00",
  };
  const limits = [
    {
      ...limit,
      id: 1,
      name: "USD per month for the project",
      scope: { kind: "project", id: null },
      unit: "usd",
      amount: 1234.5,
      period: "month",
      time_zone: "Europe/Berlin",
      enforcement: "soft",
      windows: [{
        user_id: null,
        spent: 617.25,
        held: 0,
        left: 617.25,
        window_start: "2026-10-31T23:00:00+00:00",
        window_end: "2026-11-30T23:00:00+00:00",
      }],
      count: 1,
      near: 0,
      full: 0,
    },
    {
      ...limit,
      windows: [
        { user_id: user, spent: 58, held: 2, left: 0, ...minute },
        { user_id: null, spent: 6, held: 0, left: 54, ...minute },
      ],
      count: 1200,
      near: 2,
      full: 1,
    },
    { ...limit, id: 4, name: "turns at once for each user", unit: "concurrent", ...noUse },
  ];
  const all = await played({ limits, count: 3 }, "limits");
  expect(all.request).toEqual({ action: "limit-status" });
  expect(all.lines).toEqual([
    "LIMIT OR USER                           USED                  SPENT  HELD    LEFT  UNTIL (UTC)",
    "1  1,234.50 USD per month for the project, Europe/Berlin, soft",
    "  all                                   [#####.....] 50.0%   617.25     0  617.25  2026-11-30 23:00",
    "3  60 turns per minute for each user of health, hard",
    "  Users in this period: 1,200; at 80 % or more: 2; at the limit: 1",
    `  ${user}  [##########] 100.0%      58     2       0  2026-11-30 08:01`,
    "4  60 turns at once for each user, hard",
    "  Users in this period: 0; at 80 % or more: 0; at the limit: 0",
    "Limits: 3; of each user, the one who is nearest to it",
    "Registry version: 7",
  ]);
  const one = await played({ limits: [limits[1]], count: 1 }, "limit", "status", "3");
  expect(one.request).toEqual({ action: "limit-status", id: 3 });
  expect(one.lines.slice(3, 5)).toEqual([
    `  ${user}  [##########] 100.0%     58     2     0  2026-11-30 08:01`,
    "  a user who is deleted                 [#.........] 10.0%       6     0    54  2026-11-30 08:01",
  ]);
  expect((await played({ limits: [], count: 0 }, "limits")).lines[0]).toBe("No limits");
});

Deno.test("switch-bedrock-model.sh limit set --impact foresees a limit, limit remove says what was removed", async () => {
  const impact = {
    windows: [{ user_id: user, spent: 70, held: 0, left: 0, window_start: null, window_end: null }],
    count: 3,
    near: 2,
    full: 1,
  };
  const sentence = "limit set each_user health 60 turns per minute --impact".split(" ");
  const foreseen = {
    ...limit,
    former: { ...limit, amount: 1500, time_zone: "Europe/Berlin" },
    impact,
  };
  const warnings = ["1 user has reached it already and cannot go on."];
  const { lines, stderr, request } = await played({ limit: foreseen, warnings }, ...sentence);
  expect(request).toEqual({
    action: "impact",
    change: {
      action: "set-limit",
      scope: { kind: "each_user", id: "health" },
      amount: 60,
      unit: "turns",
      period: "minute",
    },
  });
  expect(lines).toEqual([
    "The limit would be 60 turns per minute for each user of health (hard), instead of 1,500 turns " +
    "per minute for each user of health (hard, Europe/Berlin)",
    "Used now: 70 by the user who used most, of 3; at 80 % or more: 2; at the limit: 1",
    "Nothing was changed",
    "Registry version: 7",
  ]);
  expect(stderr).toBe("Warning: 1 user has reached it already and cannot go on.\n");
  const uncounted = await played(
    { message: "The limit is …", limit, former: null, impact: null, warnings: [] },
    ..."limit set project 60 turns per minute".split(" "),
  );
  expect(uncounted.lines[1]).toBe("Used now: not counted");
  const removed = await played({ message: "It is removed.", limit }, "limit", "remove", "3");
  expect(removed.request).toEqual({ action: "remove-limit", id: 3 });
  expect(removed.lines).toEqual(["It is removed.", "Registry version: 7"]);
});

Deno.test("switch-bedrock-model.sh history says what became of limits", async () => {
  const row = {
    id: 3,
    scope: "each_user",
    assistant_type: "health",
    user_id: null,
    api_key_id: null,
    unit: "turns",
    amount: 60,
    period: "minute",
    time_zone: "UTC",
    enforcement: "hard",
  };
  const ofProject = { ...row, scope: "project", assistant_type: null, unit: "usd", amount: 2.25 };
  const table: [Fields, string][] = [
    [
      { action: "set-limit", from: null, to: row },
      "the limit is 60 turns per minute for each user of health: enforcement hard; time zone UTC",
    ],
    [
      { action: "set-limit", from: { ...row, amount: 30 }, to: row },
      "the limit is 60 turns per minute for each user of health: amount 60 (before: 30)",
    ],
    [
      { action: "remove-limit", from: { ...ofProject, period: "total" }, to: null },
      "the limit of 2.25 USD in total for the project is removed",
    ],
  ];
  for (const [fields, words] of table) {
    const entry = {
      id: 9,
      created_at: "2026-11-30T08:00:00+00:00",
      source: "cli",
      database_role: "service_role",
      actor_key_name: "deploys",
      assistant_type: null,
      model_id: null,
      reason: null,
      probe: null,
      rollback_of: null,
      ...fields,
    };
    const { lines } = await played({ switches: [entry], count: 1, next_rollback: null }, "history");
    expect(lines[1]!.trim() + (lines[2]!.startsWith("    ") ? ` ${lines[2]!.trim()}` : ""))
      .toBe(words);
  }
});

Deno.test("switch-bedrock-model.sh usage is told by user and by API key", async () => {
  const figures = {
    turns: 3,
    complete: 1,
    partial: 1,
    failed: 1,
    fallbacks: 0,
    interventions: 0,
    conversations: 2,
    input_tokens: 1200,
    output_tokens: 34,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    thinking_tokens: 0,
    cost_usd: 0.5,
    unpriced: 0,
    estimated_usd: 0,
    trials: 0,
    trial_usd: 0,
  };
  const by = (...callers: (string | null)[][]) => ({
    from: "2026-11-01T00:00:00+00:00",
    to: "2026-11-03T12:00:00+00:00",
    bucket: "total",
    left_out: 4,
    usage: callers.map(([user_id, user_hash, api_key_id, api_key_name]) => ({
      bucket_start: "2026-11-01T00:00:00+00:00",
      model_id: null,
      assistant_type: null,
      caller: { user_id, user_hash, api_key_id, api_key_name },
      ...figures,
    })),
    totals: figures,
  });
  const hash = "a1b2c3d4".repeat(4);
  const users = by([user, null, null, null], [null, hash, null, null], [null, null, null, null]);
  const told = await played(users, "usage", "--by", "user");
  expect(told.request).toEqual({ action: "usage", bucket: "total", by: "user" });
  expect(told.lines.slice(1, 7).map((line) => line.slice(0, 43).trimEnd())).toEqual([
    "USER                                  TURNS",
    `${user}      3`,
    "(deleted, a1b2c3d4…)                      3",
    "(no user)                                 3",
    "TOTAL                                     3",
    "Not shown: 4 that cost less",
  ]);
  const keys = by([null, null, user, "ward app"], [null, null, null, null]);
  const ofKeys = await played(keys, "usage", "--by", "api_key");
  expect(ofKeys.request).toEqual({ action: "usage", bucket: "total", by: "api_key" });
  expect(ofKeys.lines[2]).toMatch(/^ward app +3 /);
  const csv = await played(users, "usage", "--by", "user", "--csv");
  expect(csv.lines[0]).toMatch(/^bucket_start,user_id,user_hash,api_key_id,api_key_name,turns,/);
  expect(csv.lines[2]).toMatch(new RegExp(`,,${hash},,,3,`));
});

Deno.test("switch-bedrock-model.sh assistant set caps answers, and allows any model", async () => {
  const answer = { message: "Health assistant is changed.", affected: null, warnings: [] };
  for (
    const [args, fields] of [
      ["--max-output-tokens 900 --allowed-models any", {
        max_output_tokens: 900,
        allowed_models: null,
      }],
      ["--max-output-tokens none --allowed-models none", {
        max_output_tokens: null,
        allowed_models: [],
      }],
    ] as const
  ) {
    const { code, request } = await played(
      answer,
      "assistant",
      "set",
      "health",
      ...args.split(" "),
    );
    expect({ code, request })
      .toEqual({
        code: 0,
        request: { action: "set-assistant", assistant_type: "health", ...fields },
      });
  }
});
