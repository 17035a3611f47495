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
