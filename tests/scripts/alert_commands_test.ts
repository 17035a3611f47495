/** How switch-bedrock-model.sh shows alerts and sets their rules, on a simulated API. */
import { expect } from "@std/expect";
import { played } from "../support/played_command.ts";

const id = "0b9e1a52-7d0e-4a57-9a0d-0d7a2d0e8c11";

const alert = {
  id,
  kind: "limit_near",
  subject: "3",
  level: 80,
  summary: 'The limit "USD per day for the project" is used to 83%.',
  facts: {},
  opened_at: "2026-11-30T08:00:00+00:00",
  closed_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  acknowledgement: null,
};

const rule = {
  kind: "error_rate",
  is_active: true,
  open_at: 20,
  close_at: 10.5,
  least_count: 20,
  window_minutes: 15,
};

Deno.test("switch-bedrock-model.sh alerts shows what is open, acknowledged and closed", async () => {
  const alerts = [
    alert,
    { ...alert, acknowledged_at: "2026-11-30T09:00:00+00:00", acknowledged_by: "key operators" },
    {
      ...alert,
      kind: "tick_late",
      summary: "The tick did not run for 12 minutes.",
      closed_at: "2026-11-30T10:00:00+00:00",
    },
  ];
  const { code, stdout, stderr, request } = await played(
    { alerts, count: 3, open_count: 2 },
    ...["alerts", "--open", "--limit", "3"],
  );
  expect({ code, stderr, lines: stdout.split("\n") }).toEqual({
    code: 0,
    stderr: "",
    lines: [
      "ID                                    KIND        STATE         SINCE",
      `${id}  limit_near  OPEN          2026-11-30 08:00:00Z`,
      '  The limit "USD per day for the project" is used to 83%.',
      `${id}  limit_near  acknowledged  2026-11-30 08:00:00Z`,
      '  The limit "USD per day for the project" is used to 83%.',
      "  Acknowledged by key operators",
      `${id}  tick_late   closed        2026-11-30 10:00:00Z`,
      "  The tick did not run for 12 minutes.",
      "Open alerts: 2",
      "Registry version: 7",
      "",
    ],
  });
  expect(request).toEqual({ action: "list-alerts", open: true, limit: 3 });
});

Deno.test("switch-bedrock-model.sh alerts without any says so", async () => {
  const { stdout } = await played({ alerts: [], count: 0, open_count: 0 }, "alerts");
  expect(stdout).toBe("Open alerts: 0\nRegistry version: 7\n");
});

Deno.test("switch-bedrock-model.sh alert acknowledge names the alert and why", async () => {
  const { stdout, request } = await played(
    { message: "The alert is acknowledged. It closes when its cause is gone.", alert },
    ...["alert", "acknowledge", id, "--reason", "on it"],
  );
  expect(stdout).toBe(
    "The alert is acknowledged. It closes when its cause is gone.\nRegistry version: 7\n",
  );
  expect(request).toEqual({ action: "acknowledge-alert", id, reason: "on it" });
});

Deno.test("switch-bedrock-model.sh alert rules lists thresholds, and alert rule sets them", async () => {
  const off = { ...rule, kind: "limits_differ", is_active: false, open_at: null, close_at: null };
  const listed = await played(
    {
      rules: [rule, { ...off, least_count: null, window_minutes: null }],
      count: 2,
    },
    "alert",
    "rules",
  );
  expect(listed.stdout.split("\n")).toEqual([
    "KIND           ACTIVE  OPENS AT  CLOSES AT  LEAST  MINUTES",
    "error_rate     yes           20       10.5     20       15",
    "limits_differ  no             -          -      -        -",
    "Registry version: 7",
    "",
  ]);
  const { stdout, request } = await played(
    { message: "The rule error_rate is set.", rule, former_rule: rule },
    ...[
      "alert",
      "rule",
      "error_rate",
      "--active",
      "false",
      "--open-at",
      "25",
      "--close-at",
      "12.5",
    ],
    ...["--least-count", "50", "--window-minutes", "30", "--reason", "fewer alarms"],
  );
  expect(stdout).toBe("The rule error_rate is set.\nRegistry version: 7\n");
  expect(request).toEqual({
    action: "set-alert-rule",
    kind: "error_rate",
    is_active: false,
    open_at: 25,
    close_at: 12.5,
    least_count: 50,
    window_minutes: 30,
    reason: "fewer alarms",
  });
});

Deno.test("switch-bedrock-model.sh history says what of a rule has changed", async () => {
  const entry = {
    id: 9,
    created_at: "2026-11-30T08:00:00+00:00",
    source: "cli",
    database_role: "service_role",
    actor_key_name: "operators",
    actor_proven: false,
    action: "set-alert-rule",
    model_id: null,
    assistant_type: null,
    from: rule,
    to: { ...rule, open_at: 30, is_active: false },
    reason: null,
  };
  const { stdout } = await played({ switches: [entry], count: 1, next_rollback: null }, "history");
  expect(stdout.split("\n")[1]).toBe(
    "    the rule of alerts error_rate is set: active no (before: yes); open at 30 (before: 20)",
  );
});
