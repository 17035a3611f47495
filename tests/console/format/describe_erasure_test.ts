import { expect } from "@std/expect";
import type { Erasure } from "../../../console/src/api/manage_actions.ts";
import {
  describeErased,
  describeHold,
  describeProgress,
} from "../../../console/src/format/describe_erasure.ts";

const left = { conversations: 0, messages: 0, objects: 0, running_turns: 0, limit_windows: 0 };

function erasure(
  status: Erasure["status"],
  receipt: Partial<Erasure["receipt"]> = {},
  waitsFor: Partial<Erasure["left"]> = {},
): Erasure {
  return {
    erasure_id: 3,
    status,
    left: { ...left, ...waitsFor },
    receipt: {
      id: 3,
      kind: "user",
      status,
      user_hash: "h",
      conversation_id: null,
      assistant_type: null,
      conversations: 2,
      messages: 1234,
      objects: 1,
      limit_windows: 0,
      asked_by_user_id: null,
      asked_by_key_name: null,
      database_role: "service_role",
      begun_at: "2026-11-30T10:00:00Z",
      ended_at: null,
      backups_until: null,
      ...receipt,
    },
  };
}

Deno.test("describeErased() names what was erased, and no user", () => {
  expect([
    describeErased(erasure("done")),
    describeErased(erasure("done", { kind: "conversation", conversation_id: "c" })),
    describeErased(erasure("done", { kind: "account" })),
    describeErased(erasure("done", { kind: "own" })),
    describeErased(erasure("done", { kind: "retention", assistant_type: "health" })),
  ]).toEqual([
    "a user",
    "conversation c",
    "a user who was deleted in Auth",
    "conversations that their user deleted",
    "old conversations of health",
  ]);
});

Deno.test("describeProgress() has what is erased and, while it runs, what it waits for", () => {
  const erased = "conversations: 2, messages: 1,234, files: 1";
  expect([
    describeProgress(erasure("done")),
    describeProgress(erasure("running", {}, { messages: 5000, running_turns: 1 })),
    describeProgress(erasure("running")),
  ]).toEqual([
    erased,
    `${erased}; left: 5,000 messages, 1 running turns`,
    `${erased}; left: the receipt`,
  ]);
});

Deno.test("describeHold() says until when it keeps the data", () => {
  const hold = { user_id: "u", email: null, reason: "r", created_at: "", updated_at: "" };
  expect([
    describeHold({ ...hold, until: null, in_force: true }),
    describeHold({ ...hold, until: "2026-12-01", in_force: true }),
    describeHold({ ...hold, until: "2026-11-01", in_force: false }),
  ]).toEqual([
    "until it is removed",
    expect.stringMatching(/^to the end of .*2026/),
    expect.stringMatching(/^over since .*2026/),
  ]);
});
