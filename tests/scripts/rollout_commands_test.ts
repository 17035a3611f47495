/** How switch-bedrock-model.sh starts, shows and ends rollouts, on a simulated API. */
import { expect } from "@std/expect";
import { type Fields, played } from "../support/played_command.ts";
import { rolloutFigures, rolloutRow } from "../support/rollouts.ts";

Deno.test("switch-bedrock-model.sh rollout makes the request that its words and options say", async () => {
  const table: [string, Fields][] = [
    ["eu.a.lite rollout --share 10", {
      action: "start-rollout",
      model_id: "eu.a.lite",
      share: 10,
    }],
    [
      "eu.a.lite rollout --share 5 --assistant health --promote --error-points 0.5 " +
      "--latency-ratio 1.1 --cost-ratio 3 --force --no-probe --reason pilot",
      {
        action: "start-rollout",
        model_id: "eu.a.lite",
        share: 5,
        assistant_type: "health",
        on_verdict: "promote",
        guards: { error_points: 0.5, latency_ratio: 1.1, cost_ratio: 3 },
        force: true,
        probe: false,
        reason: "pilot",
      },
    ],
    ["rollout share 3 50", { action: "set-rollout-share", id: 3, share: 50 }],
    ["rollout end 3 promote", { action: "end-rollout", id: 3, outcome: "promote" }],
    ["rollout end 3 revert --reason slow", {
      action: "end-rollout",
      id: 3,
      outcome: "revert",
      reason: "slow",
    }],
    ["eu.a.lite switch --watch 30", {
      action: "set-default",
      model_id: "eu.a.lite",
      watch_minutes: 30,
    }],
    ["eu.a.lite assign health --watch 5", {
      action: "set-assistant-model",
      model_id: "eu.a.lite",
      assistant_type: "health",
      watch_minutes: 5,
    }],
  ];
  for (const [words, request] of table) {
    const answer = { message: "It is done.", warnings: ["It is dear."], rollout_id: null };
    const result = await played(answer, ...words.split(" "));
    expect({ words, code: result.code, request: result.request })
      .toEqual({ words, code: 0, request });
    expect(result.lines[0]).toBe("It is done.");
    expect(result.stderr).toBe("Warning: It is dear.\n");
  }
});

Deno.test("switch-bedrock-model.sh rollout --impact foresees it, and changes nothing", async () => {
  const affected = {
    assistants: [],
    conversations: { pinned: 0, recent: 0, keep_model: true, to_model_id: null },
    cost: null,
  };
  const words = ["eu.a.lite", "rollout", "--share", "10", "--promote", "--impact"];
  const { request, lines } = await played({ affected, limit: null, warnings: [] }, ...words);
  expect(request).toEqual({
    action: "impact",
    change: {
      action: "start-rollout",
      model_id: "eu.a.lite",
      share: 10,
      on_verdict: "promote",
    },
  });
  expect(lines).toContain("Nothing was changed");
});

Deno.test("switch-bedrock-model.sh refuses a rollout without a share, and what is no number or end", async () => {
  const table: [string, RegExp][] = [
    ["eu.a.lite rollout", /needs --share/],
    ["eu.a.lite rollout --share much", /--share must be a whole number/],
    ["rollout share 3", /missing <share>; usage: rollout share/],
    ["rollout share x 5", /<number> must be a whole number/],
    ["rollout end 3 win", /<outcome> must be one of promote, revert, not win/],
    ["rollout eu.a.lite", /usage: rollout status/],
    ["eu.a.lite switch --watch 5 --impact", /--impact and --watch cannot be combined/],
    ["rollouts --share 5", /--share cannot be used with rollouts/],
  ];
  for (const [words, problem] of table) {
    const { code, stderr, request } = await played({}, ...words.split(" "));
    expect({ words, code, request }).toEqual({ words, code: 2, request: undefined });
    expect(stderr).toMatch(problem);
  }
});

Deno.test("switch-bedrock-model.sh rollouts lists them; rollout status adds figures and verdicts", async () => {
  const ended = {
    ...rolloutRow,
    id: 2,
    assistant_type: "health",
    share: null,
    verdict: "worse",
    outcome: "reverted",
    ended_at: "2026-11-28T10:00:00+00:00",
  };
  const listed = await played({ rollouts: [rolloutRow, ended], count: 2 }, "rollouts");
  expect(listed.lines).toEqual([
    "ID  FOR      MODEL      INSTEAD OF  SHARE  STATE      VERDICT",
    "3   default  eu.a.lite  eu.a.pro     10 %  under way  undecided",
    "2   health   eu.a.lite  eu.a.pro        -  reverted   worse",
    "Registry version: 7",
  ]);
  expect((await played({ rollouts: [], count: 0 }, "rollouts")).lines[0]).toBe("No rollouts");

  const verdict = {
    id: 1,
    created_at: "2026-11-28T10:00:00+00:00",
    verdict: "worse",
    guard: "fuse",
    figures: { code: "bedrock_access_denied" },
  };
  const one = { ...rolloutRow, figures: rolloutFigures, verdicts: [verdict] };
  const shown = await played({ rollouts: [one], count: 1 }, "rollout", "status", "3");
  expect(shown.request).toEqual({ action: "list-rollouts", id: 3 });
  expect(shown.lines.slice(2, -1)).toEqual([
    "",
    "MODEL      CONVERSATIONS AND CALLS  WITH AN ERROR  MEASURED",
    "eu.a.lite                      120              2       118",
    "eu.a.pro                     1,120             22     1,118",
    "",
    "GUARD                 FOUND    FROM      TO  TOLERATED  VERDICT",
    "errors, in points      +0.4    -1.2    +1.9       +2.0  not worse",
    "time to first token  1.02 x  0.90 x  1.30 x     1.25 x  undecided",
    "whole time                -       -       -     1.25 x  undecided",
    "cost                 0.50 x  0.40 x  0.60 x     1.50 x  unknown",
    "",
    "A verdict takes: about 400 more conversations and calls, 20 hours at the traffic of the last hours",
    "Figures of: 2026-11-30 10:00:00Z",
    "Verdicts (1):",
    "  1  2026-11-28 10:00:00Z  worse (fuse: bedrock_access_denied)",
  ]);
  const problem = "health changes its model only with a passing evaluation.";
  const { lines } = await played(
    { rollouts: [{ ...rolloutRow, problem }], count: 1 },
    "rollout",
    "status",
    "3",
  );
  expect(lines).toContain("The tick has not looked at it yet");
  expect(lines).toContain(`Problem: ${problem}`);
});

Deno.test("switch-bedrock-model.sh rollout verify says whether a verdict still follows from the ledger", async () => {
  const same = await played(
    { verification: { ok: true, differences: [] } },
    "rollout",
    "verify",
    "4",
  );
  expect(same).toMatchObject({ code: 0, request: { action: "verify-verdict", id: 4 } });
  expect(same.lines[0]).toBe("The ledger gives the same figures");
  const differences = [{ name: "guards.time.estimate", stored: 1.4, computed: 1.1 }];
  const other = await played(
    { verification: { ok: false, differences } },
    "rollout",
    "verify",
    "4",
  );
  expect(other.code).toBe(1);
  expect(other.lines.slice(0, 2)).toEqual([
    "The ledger gives OTHER FIGURES (1):",
    "  guards.time.estimate: 1.1, not 1.4",
  ]);
});
