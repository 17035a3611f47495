/** Limits as the console sees them, for tests. */
import type { LimitStatus, LimitWindow } from "../../console/src/api/manage_actions.ts";

export function limitWindow(changes: Partial<LimitWindow> = {}): LimitWindow {
  return {
    user_id: null,
    spent: 0,
    held: 0,
    left: 60,
    window_start: "2026-11-30T12:00:00Z",
    window_end: "2026-11-30T12:01:00Z",
    ...changes,
  };
}

/** 60 turns a minute for each user of health. */
export function limitStatus(changes: Partial<LimitStatus> = {}): LimitStatus {
  return {
    id: 1,
    name: "turns per minute for each user of health",
    scope: { kind: "each_user", id: "health" },
    unit: "turns",
    amount: 60,
    period: "minute",
    time_zone: "UTC",
    enforcement: "hard",
    created_at: "2026-11-30T08:00:00Z",
    updated_at: "2026-11-30T08:00:00Z",
    windows: [],
    count: 0,
    near: 0,
    full: 0,
    ...changes,
  };
}
