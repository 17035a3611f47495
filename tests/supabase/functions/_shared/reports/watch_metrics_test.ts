import { expect } from "@std/expect";
import { writeMetrics } from "../../../../../supabase/functions/_shared/reports/prometheus_text.ts";
import { watchFamilies } from "../../../../../supabase/functions/_shared/reports/watch_metrics.ts";

Deno.test("watchFamilies() counts open alerts, and gives each limit what it has", () => {
  const text = writeMetrics(watchFamilies({
    alerts: [{ kind: "error_rate", open: 2 }, { kind: "tick_late", open: 0 }],
    limits: [{
      id: 1,
      name: "USD per month for the project",
      unit: "usd",
      amount: 1000,
      spent: 12.5,
      held: 0.25,
      users_at_80: null,
      users_at_100: null,
    }, {
      id: 2,
      name: "turns per minute for each user",
      unit: "turns",
      amount: 60,
      spent: null,
      held: null,
      users_at_80: 3,
      users_at_100: 1,
    }],
    rollouts: [],
  }));
  const project = 'id="1",limit="USD per month for the project",unit="usd"';
  const users = 'id="2",limit="turns per minute for each user",unit="turns"';
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
    'switchboard_open_alerts{kind="error_rate"} 2',
    'switchboard_open_alerts{kind="tick_late"} 0',
    `switchboard_limit_amount{${project}} 1000`,
    `switchboard_limit_amount{${users}} 60`,
    `switchboard_limit_spent{${project}} 12.5`,
    `switchboard_limit_held{${project}} 0.25`,
    `switchboard_limit_users{${users},percent="80"} 3`,
    `switchboard_limit_users{${users},percent="100"} 1`,
  ]);
});

Deno.test("watchFamilies() gives each rollout its share, verdict, evidence, sides and guards", () => {
  const text = writeMetrics(watchFamilies({
    alerts: [],
    limits: [],
    rollouts: [{
      id: 7,
      assistant_type: "none",
      model_id: "new",
      share: 10,
      verdict: "not_worse",
      evidence: 0.25,
      canary_units: 100,
      former_units: 900,
      canary_errors: 2,
      former_errors: 19,
      guards: [
        { guard: "cost", estimate: 1.1, lower: null, upper: null, tolerated: 1.5 },
        { guard: "errors", estimate: -0.1, lower: -1.5, upper: 1.3, tolerated: 2 },
      ],
    }],
  }));
  const rollout = 'id="7",assistant="none",model="new"';
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
    `switchboard_rollout_share{${rollout}} 10`,
    `switchboard_rollout_verdict{${rollout},verdict="undecided"} 0`,
    `switchboard_rollout_verdict{${rollout},verdict="worse"} 0`,
    `switchboard_rollout_verdict{${rollout},verdict="not_worse"} 1`,
    `switchboard_rollout_evidence{${rollout}} 0.25`,
    `switchboard_rollout_units{${rollout},side="canary"} 100`,
    `switchboard_rollout_units{${rollout},side="former"} 900`,
    `switchboard_rollout_errors{${rollout},side="canary"} 2`,
    `switchboard_rollout_errors{${rollout},side="former"} 19`,
    `switchboard_rollout_guard{${rollout},guard="cost",figure="estimate"} 1.1`,
    `switchboard_rollout_guard{${rollout},guard="cost",figure="tolerated"} 1.5`,
    `switchboard_rollout_guard{${rollout},guard="errors",figure="estimate"} -0.1`,
    `switchboard_rollout_guard{${rollout},guard="errors",figure="lower"} -1.5`,
    `switchboard_rollout_guard{${rollout},guard="errors",figure="upper"} 1.3`,
    `switchboard_rollout_guard{${rollout},guard="errors",figure="tolerated"} 2`,
  ]);
});
